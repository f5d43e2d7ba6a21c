import {
  encodeBtp,
  ilpEntry,
  infoRequest,
  octetEntry,
  readLedgerInfo,
  textEntry,
  type BtpPacket,
} from '#protocol';
import { BesiegedConnector, STARTED_WITHIN_MS } from '../support/bad-input/besieged-connector';
import { outcomeOf, type Outcome, PASSED_OVER } from '../support/bad-input/observe';
import { aMessage, aPrepare, aReject, payment } from '../support/bad-input/requests';
import type { RawPeer } from '../support/raw-peer';
import { until } from '../support/running-connector';

const LARGEST_FRAME = 65_536;
const WITHIN_MS = 10_000;
/** Where the fields of a Prepare of less than 128 bytes begin. */
const CONDITION_AT = 30;
const EXPIRY_AT = 63;
const INFO = encodeBtp(aMessage(infoRequest('account')));
const whole = (): Buffer => encodeBtp(aPrepare());

/** The frame with other bytes at some place. */
function changed(frame: Buffer, at: number, ...bytes: number[]): Buffer {
  const copy = Buffer.from(frame);
  copy.set(bytes, at);
  return copy;
}

/** A Prepare that is whole but for its date. */
function misdated(): Buffer {
  const frame = whole();
  frame.write('20170230', EXPIRY_AT, 'latin1');
  return frame;
}

/** A Message of exactly so many bytes. */
function ofSize(bytes: number): Buffer {
  const overhead = 16;
  return encodeBtp(aMessage(octetEntry('x', Buffer.alloc(bytes - overhead))));
}

let connector: BesiegedConnector;
let peer: RawPeer;

beforeAll(async () => {
  connector = await BesiegedConnector.start();
}, STARTED_WITHIN_MS);

afterAll(() => connector.stop());

beforeEach(async () => {
  peer = await connector.raw('mallory');
});

afterEach(() => peer.close());

const outcome = (input: () => unknown): Promise<Outcome> =>
  outcomeOf(connector, { peer, of: 'mallory' }, input);

const says =
  (...frames: (Buffer | string)[]) =>
  (): void => {
    for (const frame of frames) peer.send(frame);
  };

/** The answers, and an open socket with nothing on record. */
const answered = (...wire: string[]): Outcome => ({ ...PASSED_OVER, wire });

describe('frames that do not read as a packet are passed over in silence (SPEC §5.1, §5.4 rule 2)', () => {
  it.each<[string, () => Buffer | string]>([
    ['text', () => 'hello'],
    ['text that would be a packet', () => INFO.toString('latin1')],
    ['text that is JSON', () => '{"type":6,"requestId":7,"data":{"protocolData":[]}}'],
    ['nothing at all', () => Buffer.alloc(0)],
    ['one byte', () => Buffer.from([3])],
    ['a type byte of 0', () => changed(INFO, 0, 0)],
    ['a type byte of 7, that of BTP/2.0', () => changed(INFO, 0, 7)],
    ['a type byte of 8', () => changed(INFO, 0, 8)],
    ['a type byte of 255', () => changed(INFO, 0, 255)],
    ['a Message that breaks off in its request id', () => INFO.subarray(0, 3)],
    ['a Message that breaks off before its length', () => INFO.subarray(0, 5)],
    ['a Message that lacks its last byte', () => INFO.subarray(0, -1)],
    ['a Prepare that lacks its last byte', () => whole().subarray(0, -1)],
    ['a Prepare with a condition of 31 bytes', () => shortCondition()],
    ['a length of 2^32 - 1', () => Buffer.from('060000000784ffffffff0100', 'hex')],
    ['a length in more bytes than any can need', () => Buffer.from('060000000787010100', 'hex')],
    ['a short length in the long form', () => Buffer.from('060000000781020100', 'hex')],
    ['a length with a leading zero', () => leadingZero()],
    ['a length of no bytes', () => Buffer.from('0600000007800100', 'hex')],
    ['a count of entries beyond those there are', () => changed(INFO, 7, 2)],
    ['a count of 2^16 entries', () => Buffer.from('0600000007040300ffff', 'hex')],
    ['a count with a leading zero', () => Buffer.from('06000000070302000100', 'hex')],
    ['a count of no bytes', () => Buffer.from('060000000702000000', 'hex')],
    ['a name longer than the frame', () => changed(INFO, 8, 127)],
    ['data longer than the frame', () => changed(INFO, INFO.length - 2, 127)],
  ])('%s', async (_, frame) => {
    expect(await outcome(says(frame()))).toEqual(PASSED_OVER);
  });

  it('five hundred of them in a row, and the packet behind them is answered', async () => {
    const flood = Array.from({ length: 500 }, (_, index) => changed(INFO, 0, (index % 256) | 8));
    expect(await outcome(says(...flood))).toEqual(PASSED_OVER);
  });
});

describe('requests that read, but say something impossible, get an Error (SPEC §5.4 rule 2)', () => {
  it.each<[string, () => Buffer, string]>([
    ['a Prepare on the 30th of February', misdated, '7 F01 InvalidFieldsError'],
    ['a Prepare of nothing', () => encodeBtp(aPrepare({ amount: 0n })), '7 F01 InvalidFieldsError'],
    ['a Message without entries', () => encodeBtp(aMessage()), '7 F00 NotAcceptedError'],
  ])('%s', async (_, frame, answer) => {
    expect(await outcome(says(frame()))).toEqual(answered(answer));
  });

  it('an unknown sub-protocol of any name, which the Error does not repeat at length', async () => {
    const name = 'n'.repeat(5_000);
    const input = (): unknown => peer.request(aMessage(textEntry(name, 'x')));
    expect(await outcome(input)).toEqual(answered('7 F00 NotAcceptedError'));
    const error = peer.answers.find(({ type }) => type === 'error');
    expect(error).toMatchObject({ type: 'error', data: expect.any(Buffer) as Buffer });
    expect(JSON.stringify(error).length).toBeLessThan(2_000);
  });
});

describe('answers that nobody waits for are passed over in silence (SPEC §5.4 rule 2)', () => {
  const error = {
    type: 'error',
    code: 'F00',
    name: 'NotAcceptedError',
    triggeredAtMs: Date.now(),
    data: Buffer.from('{"message":"no"}'),
  } as const;

  it.each<[string, BtpPacket]>([
    ['a Response', { type: 'response', requestId: 99, protocolData: [] }],
    ['an Error', { ...error, requestId: 99, protocolData: [] }],
    [
      'a Response that holds a question',
      { type: 'response', requestId: 99, protocolData: [infoRequest('full')] },
    ],
  ])('%s', async (_, packet) => {
    expect(await outcome(says(encodeBtp(packet)))).toEqual(PASSED_OVER);
  });

  it('a second answer to a Prepare of ours, that takes the first one back', async () => {
    const rita = await connector.dial('rita');
    const { transferId } = aPrepare();
    const protocolData = [ilpEntry(payment('test.mallory.client.x'))];
    await rita.prepare({ ...aPrepare({ transferId, protocolData }) });
    const prepare = await peer.hears('prepare');
    const { requestId, transferId: outgoing } = prepare;
    peer.agree(prepare);
    const input = says(encodeBtp({ ...error, requestId, protocolData: [] }));
    expect(await outcome(input)).toEqual(PASSED_OVER);
    expect(await connector.eventsOf('rita', transferId)).toEqual(['TransferPrepared']);
    await peer.request({ ...aReject(outgoing), requestId: 8 });
    await rita.close();
  });
});

describe('what is unusual, but stands in no way (SPEC §5.2, §5.4)', () => {
  it('bytes behind the last field are not read', async () => {
    const input = says(Buffer.concat([INFO, Buffer.from('more')]));
    expect(await outcome(input)).toEqual(answered('7 response'));
  });

  it('two requests under one id get an answer each', async () => {
    expect(await outcome(says(INFO, INFO))).toEqual(answered('7 response', '7 response'));
  });

  it.each([0, 0xffff_ffff])('a request id of %i is as good as any', async (requestId) => {
    const input = says(encodeBtp({ ...aMessage(infoRequest('account')), requestId }));
    expect(await outcome(input)).toEqual(answered(`${requestId} response`));
  });

  it('where a Message repeats a name, the last one wins (§5.4 rule 6)', async () => {
    const input = (): unknown =>
      peer.request(aMessage(infoRequest('account'), infoRequest('full')));
    expect(await outcome(input)).toEqual(answered('7 response'));
    const entry = peer.answers.find(({ requestId }) => requestId === 7)?.protocolData[0];
    expect(entry && readLedgerInfo(entry).prefix).toBe('test.mallory.');
  });

  it('a content type that there is not counts as octets', async () => {
    const entry = { ...infoRequest('account'), contentType: 200 };
    expect(await outcome(() => peer.request(aMessage(entry)))).toEqual(answered('7 response'));
  });
});

describe('a peer that speaks BTP/2.0', () => {
  it('hears to each ILPv4 packet what we speak, and to a Transfer nothing; operators hear it once', async () => {
    const later = aMessage(ilpEntry(Buffer.from('0c0100', 'hex')));
    const transfer = Buffer.from('07000000070b000000000000000101000100', 'hex');
    const input = async (): Promise<void> => {
      for (const requestId of [11, 12, 13]) {
        peer.send(transfer);
        const answer = await peer.request({ ...later, requestId });
        const { data } = answer.type === 'error' ? answer : { data: '' };
        expect(data.toString()).toMatch(/BTP\/2\.0 \/ ILPv4.*BTP\/1\.0 and BTP\/alpha/);
      }
    };
    const wire = [11, 12, 13].map((requestId) => `${requestId} F00 NotAcceptedError`);
    const warnings = (): number => connector.said().split('the peer speaks BTP/2.0').length - 1;
    const before = warnings();
    expect(await outcome(input)).toEqual(answered(...wire));
    await until(WITHIN_MS, 'operators are told', () => warnings() > before);
    expect(warnings() - before).toBeLessThanOrEqual(2);
  });
});

describe('sizes (SPEC §5.10)', () => {
  it('a frame of 64 KiB is read', async () => {
    expect(ofSize(LARGEST_FRAME)).toHaveLength(LARGEST_FRAME);
    const input = says(ofSize(LARGEST_FRAME));
    expect(await outcome(input)).toEqual(answered('7 F00 NotAcceptedError'));
  });

  it('a frame of one byte more closes the socket with 1009', async () => {
    const input = says(ofSize(LARGEST_FRAME + 1));
    expect(await outcome(input)).toEqual({ ...PASSED_OVER, fate: 1009 });
  });

  it('payment data of 32,767 bytes is taken, and a byte more is refused', async () => {
    const to = 'test.nobody.client.x';
    const paying = (bytes: number) => async (): Promise<unknown> => {
      const protocolData = [ilpEntry(payment(to, 5n, 'x'.repeat(bytes)))];
      return peer.request(aPrepare({ protocolData }));
    };
    expect(await outcome(paying(32_767))).toEqual({
      wire: ['7 response'],
      fate: 'open',
      log: ['TransferPrepared', 'TransferRejected'],
    });
    await peer.close();
    peer = await connector.raw('mallory');
    expect(await outcome(oversized)).toEqual(answered('7 F01 InvalidFieldsError'));
  });

  /** Made of a payment that is still allowed, as our own writer makes no other. */
  async function oversized(): Promise<unknown> {
    const fits = payment('test.nobody.client.x', 5n, 'x'.repeat(32_767));
    const packet = Buffer.concat([fits.subarray(0, -1), Buffer.from('x'), fits.subarray(-1)]);
    packet.writeUInt16BE(packet.length - 4, 2);
    packet.writeUInt16BE(32_768, packet.indexOf(Buffer.from('827fff', 'hex')) + 1);
    return peer.request(aPrepare({ protocolData: [ilpEntry(packet)] }));
  }
});

function shortCondition(): Buffer {
  const frame = whole();
  const shorter = Buffer.concat([
    frame.subarray(0, CONDITION_AT),
    frame.subarray(CONDITION_AT + 1),
  ]);
  return changed(shorter, 5, (frame[5] ?? 0) - 1);
}

function leadingZero(): Buffer {
  const content = ofSize(300).subarray(8);
  const head = Buffer.from('060000000783000000', 'hex');
  head.writeUInt16BE(content.length, 7);
  return Buffer.concat([head, content]);
}
