import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import {
  authMessage,
  type BtpAlphaPacket,
  type BtpPacket,
  type BtpReject,
  decodeBtpAlpha,
  decodeIlp,
  encodeBtp,
  encodeBtpAlpha,
  ilpEntry,
  infoRequest,
  octetEntry,
  protocolEntry,
  textEntry,
} from '#protocol';
import type { BtpPeer } from '#testing';
import { WebSocketServer } from 'ws';
import { BesiegedConnector, STARTED_WITHIN_MS } from '../support/bad-input/besieged-connector';
import { outcomeOf, type Outcome, PASSED_OVER, shown } from '../support/bad-input/observe';
import { aMessage, aPrepare, aReject, payment } from '../support/bad-input/requests';
import { tokenOf } from '../support/dialling-peers';
import { BTP_ALPHA, RawPeer } from '../support/raw-peer';
import { until } from '../support/running-connector';

/** Longer than anybody stands still. */
const AUTH_WAIT_MS = 6_000;
const LARGEST_FRAME = 65_536;
const WITHIN_MS = 30_000;
const TOKEN = tokenOf('alf');
const GUESS = 'a-token-that-is-but-a-guess';
const OURS = 'a-token-that-we-present-in-a-path';

let connector: BesiegedConnector;
/** A listener that knows nobody, and says of whom. */
let door: WebSocketServer;
let rita: BtpPeer;
let alf: RawPeer;

beforeAll(async () => {
  door = new WebSocketServer({ host: '127.0.0.1', port: 0 });
  await once(door, 'listening');
  door.on('connection', (socket, { url }) => {
    socket.close(1008, `who is ${url ?? ''}?`);
  });
  const { port } = door.address() as AddressInfo;
  const speaksAlpha = { socket: 'client', btpVersion: 'BTP/alpha', authority: 'shadow' };
  const ledger = { currencyCode: 'USD', currencyScale: 9 };
  const nobody = `btp+ws://dirk:${OURS}@127.0.0.1:1/path`;
  connector = await BesiegedConnector.start({
    limits: { authWaitMs: AUTH_WAIT_MS },
    log: { level: 'trace' },
    morePeers: [
      { id: 'dana', ...speaksAlpha, uri: `btp+ws://dana:${OURS}@127.0.0.1:${port}`, ledger },
      { id: 'dirk', ...speaksAlpha, uri: nobody, ledger },
    ],
  });
  rita = await connector.dial('rita');
}, STARTED_WITHIN_MS);

afterAll(async () => {
  door.close();
  await rita.close();
  await connector.stop();
});

describe('credentials in the path (SPEC §5.3, D-5)', () => {
  it.each<[string, () => string]>([
    ['of two segments', () => connector.alphaUrl('alf', TOKEN)],
    ['before a query', () => `${connector.alphaUrl('alf', TOKEN)}?more=1`],
    [
      'that are encoded where they need not be',
      () => connector.alphaUrl('alf', TOKEN).replace('/alf/', '/%61lf/'),
    ],
  ])('%s let their peer in', async (_, url) => {
    const peer = await RawPeer.connect(url(), BTP_ALPHA);
    const input = (): unknown => peer.request(aMessage(infoRequest('full')));
    const outcome = await outcomeOf(connector, { peer, of: 'alf' }, input);
    expect(outcome).toEqual({ ...PASSED_OVER, wire: ['7 response'] });
    await peer.close();
  });

  it.each<[string, string[]]>([
    ['none', []],
    ['a wrong token', ['alf', GUESS]],
    ['no token', ['alf', '']],
    ['a name alone', ['alf']],
    ['a token under another name', ['rita', TOKEN]],
    ['the beginning of a token', ['alf', TOKEN.slice(0, -1)]],
    ['a segment too many', ['alf', TOKEN, 'more']],
    ['those of a peer that speaks BTP/1.0', ['', tokenOf('mallory')]],
    ['those that we ourselves present', ['', OURS]],
    ['a token of 8,000 bytes', ['alf', 'x'.repeat(8_000)]],
  ])('%s: the socket is closed with 1008, without a packet', async (_, segments) => {
    const before = await connector.eventCount();
    const peer = await RawPeer.connect(connector.alphaUrl(...segments), BTP_ALPHA);
    peer.send(BTP_ALPHA.encode(aMessage(infoRequest('full'))));
    expect(await peer.closed).toBe(1008);
    expect(peer.frames).toEqual([]);
    expect(await connector.eventCount()).toBe(before);
  });

  it('are of no use to authenticate by BTP/1.0', async () => {
    const peer = await RawPeer.connect(connector.url);
    expect(shown(await peer.request(authMessage(7, 'alf', TOKEN)))).toBe('7 F00 NotAcceptedError');
    expect(await peer.closed).toBe(1000);
  });
});

describe('a first packet of another version on a path of BTP/alpha (SPEC D-6)', () => {
  it.each<[string, Buffer]>([
    ['auth of BTP/1.0', encodeBtp(authMessage(7, 'alf', TOKEN))],
    ['auth of BTP/1.0 with a wrong token', encodeBtp(authMessage(7, '', GUESS))],
    [
      'auth of BTP/2.0',
      encodeBtp(aMessage(octetEntry('auth', Buffer.alloc(0)), textEntry('auth_token', TOKEN))),
    ],
  ])('%s closes it with 1002, without an answer', async (_, frame) => {
    const before = await connector.eventsOf('alf');
    const peer = await connector.raw('alf');
    peer.send(frame);
    expect(await peer.closed).toBe(1002);
    expect(peer.answers).toEqual([]);
    expect(await connector.eventsOf('alf')).toEqual(before);
  });

  it('nor is BTP/alpha understood where BTP/1.0 is spoken: the wait for auth goes on', async () => {
    const peer = await RawPeer.connect(connector.url);
    peer.send(BTP_ALPHA.encode(aMessage(infoRequest('full'))));
    expect(await peer.closed).toBe(1000);
    expect(peer.frames).toEqual([]);
  });
});

describe('on an open session of BTP/alpha', () => {
  beforeEach(async () => {
    alf = await connector.raw('alf');
  });

  afterEach(() => alf.close());

  const outcome = (input: () => unknown): Promise<Outcome> =>
    outcomeOf(connector, { peer: alf, of: 'alf' }, input);

  const INFO = BTP_ALPHA.encode(aMessage(infoRequest('account')));
  const withType = (frame: Buffer, byte: number): Buffer => {
    const copy = Buffer.from(frame);
    copy[0] = byte;
    return copy;
  };
  const inline = (name: string): Buffer =>
    encodeBtpAlpha({
      type: 'error',
      requestId: 99,
      protocolData: [],
      rejectionReason: {
        type: 'error',
        code: 'F00',
        name,
        triggeredBy: 'test.alf.client',
        forwardedBy: [],
        triggeredAtMs: Date.now(),
        data: Buffer.from('{}'),
      },
    });

  it.each<[string, Buffer | string]>([
    ['text', 'hello'],
    ['nothing at all', Buffer.alloc(0)],
    ['a type byte of 0', withType(INFO, 0)],
    ['a type byte of 8', withType(INFO, 8)],
    ['a type byte of 255', withType(INFO, 255)],
    ['a Message that lacks its last byte', INFO.subarray(0, -1)],
    ['a Prepare that lacks its last byte', BTP_ALPHA.encode(aPrepare()).subarray(0, -1)],
    ['a short length in the long form', Buffer.from('070000000781020100', 'hex')],
    ['an Ack that nobody waits for', withType(INFO, 1)],
    ['a Response that nobody waits for', withType(INFO, 2)],
    ['an Error that nobody waits for', inline('NotAcceptedError')],
    ['a Message of BTP/1.0', encodeBtp(aMessage(infoRequest('account')))],
  ])('%s is passed over in silence (SPEC §5.4)', async (_, frame) => {
    await alf.request(aMessage(infoRequest('account')));
    expect(
      await outcome(() => {
        alf.send(frame);
      }),
    ).toEqual(PASSED_OVER);
  });

  it.each<[string, () => Buffer, string]>([
    [
      'a Prepare of nothing',
      () => BTP_ALPHA.encode(aPrepare({ amount: 0n })),
      '7 F01 InvalidFieldsError',
    ],
    ['a Message without entries', () => BTP_ALPHA.encode(aMessage()), '7 F00 NotAcceptedError'],
    [
      'an unknown sub-protocol',
      () => BTP_ALPHA.encode(aMessage(textEntry('vouch', ''))),
      '7 F00 NotAcceptedError',
    ],
    [
      'an ILPv4 packet',
      () => BTP_ALPHA.encode(aMessage(ilpEntry(Buffer.from('0c0100', 'hex')))),
      '7 F00 NotAcceptedError',
    ],
    ['a Reject whose reason is none', rejectOfNothing, '7 F01 InvalidFieldsError'],
  ])('%s gets an Error (SPEC §5.4)', async (_, frame, answer) => {
    expect(
      await outcome(() => {
        alf.send(frame());
      }),
    ).toEqual({ ...PASSED_OVER, wire: [answer] });
  });

  it('an Error holds an ILP error of less than 128 bytes, from our account (SPEC §5.3, §5.8)', async () => {
    await alf.request(aPrepare({ amount: 0n }));
    // We may say something of our own in between, as which routes we have.
    const frame = alf.frames.find((one) => decodeBtpAlpha(one).type === 'error');
    expect(frame && decodeBtpAlpha(frame)).toMatchObject({
      type: 'error',
      rejectionReason: {
        type: 'error',
        code: 'F01',
        name: 'InvalidFieldsError',
        triggeredBy: 'test.alf.server',
      },
    });
    expect(frame?.[0]).toBe(3);
    expect(frame?.length).toBeLessThan(128 + 20);
  });

  it('success without a word is an Ack, with data a Response (SPEC §5.3)', async () => {
    const types: BtpAlphaPacket['type'][] = [];
    const ask = async (...frames: Parameters<RawPeer['request']>): Promise<void> => {
      await alf.request(...frames);
      const answer = alf.frames
        .map(decodeBtpAlpha)
        .findLast(({ requestId }) => requestId === frames[0].requestId);
      if (answer !== undefined) types.push(answer.type);
    };
    const nowhere = [ilpEntry(payment('test.nobody.x'))];
    await ask(aPrepare({ requestId: 1, protocolData: nowhere }));
    await ask({ ...aMessage(infoRequest('account')), requestId: 2 });
    const incoming = aPrepare({ protocolData: [ilpEntry(payment('test.alf.client.x'))] });
    await rita.prepare(incoming);
    const ours = await alf.hears('prepare');
    alf.agree(ours);
    await ask({ ...aReject(ours.transferId), requestId: 3 });
    await rejectOf(incoming.transferId);
    expect(types).toEqual(['ack', 'response', 'ack']);
  });

  it.each([
    ['an Ack', 1],
    ['a Response', 2],
  ])('%s to our Prepare is as good as the other (SPEC §5.3)', async (_, type) => {
    await rita.prepare(aPrepare({ protocolData: [ilpEntry(payment('test.alf.client.x'))] }));
    const ours = await alf.hears('prepare');
    const head = Buffer.from([type, 0, 0, 0, 0, 2, 1, 0]);
    head.writeUInt32BE(ours.requestId, 1);
    expect(
      await outcome(() => {
        alf.send(head);
      }),
    ).toEqual(PASSED_OVER);
    await alf.request({ ...aReject(ours.transferId), requestId: 8 });
    expect(await connector.eventsOf('alf', ours.transferId)).toEqual([
      'TransferPrepared',
      'TransferRejected',
    ]);
  });

  it.each([
    ['InsufficientBalanceError', 'T04'],
    ['DuplicateIdError', 'F00'],
    ['NotAcceptedError', 'T01'],
    ['Bad Request', 'T01'],
  ])(
    'an inline error named %s in answer to our Prepare becomes %s (SPEC §5.8)',
    async (name, code) => {
      const incoming = aPrepare({ protocolData: [ilpEntry(payment('test.alf.client.x'))] });
      await rita.prepare(incoming);
      const { requestId, transferId } = await alf.hears('prepare');
      const frame = inline(name);
      frame.writeUInt32BE(requestId, 1);
      alf.send(frame);
      const { protocolData } = await rejectOf(incoming.transferId);
      const reason = protocolEntry(protocolData, 'ilp');
      expect(reason && decodeIlp(reason.data)).toMatchObject({ type: 'error', code });
      expect(await connector.eventsOf('alf', transferId)).toEqual([
        'TransferPrepared',
        'TransferRejected',
      ]);
    },
  );

  it('a frame larger than the limit closes the socket with 1009 (SPEC §5.10)', async () => {
    const input = (): void => {
      alf.send(Buffer.alloc(LARGEST_FRAME + 1));
    };
    expect(await outcome(input)).toEqual({ ...PASSED_OVER, fate: 1009 });
  });
});

describe('the log that operators read, down to trace,', () => {
  it('holds no token of a path, whoever presented it, and whether it was right', async () => {
    const told = (word: string) => (): boolean => connector.said().includes(word);
    await until(WITHIN_MS, 'dirk was dialled', told('"peer":"dirk"'));
    await until(WITHIN_MS, 'dana has refused us', told('the peer refused our credentials'));
    await until(WITHIN_MS, 'details are told', told('frame ignored'));
    for (const secret of [TOKEN, GUESS, OURS]) expect(connector.said()).not.toContain(secret);
  });
});

/** What rita is told of a payment of hers. */
async function rejectOf(transferId: string): Promise<BtpReject> {
  const isWanted = (one: BtpPacket): boolean =>
    one.type === 'reject' && one.transferId === transferId;
  const reject = await rita.received.next(isWanted, 'reject', WITHIN_MS);
  if (reject.type !== 'reject') throw new Error('not a Reject');
  return reject;
}

/** A whole Reject, but its reason is an ILP payment. */
function rejectOfNothing(): Buffer {
  const { transferId } = aPrepare();
  const id = Buffer.from(transferId.replaceAll('-', ''), 'hex');
  const content = Buffer.concat([id, payment(), Buffer.from('0100', 'hex')]);
  return Buffer.concat([Buffer.from([6, 0, 0, 0, 7, content.length]), content]);
}
