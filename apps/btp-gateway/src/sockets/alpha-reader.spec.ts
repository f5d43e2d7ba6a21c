import {
  alphaFromBtp,
  authMessage,
  type BtpPacket,
  decodeBtpAlpha,
  encodeBtp,
  encodeBtpAlpha,
  infoRequest,
  numberRequest,
  octetEntry,
  textEntry,
} from '#protocol';
import { Dice } from '../../../../test/fuzz/dice';
import { Mutator } from '../../../../test/fuzz/mutator';
import {
  fulfill,
  prepare,
  reject,
  RequestsKit,
  transferId,
} from '../../../../test/support/gateway/requests-kit';
import { START_MS } from '../../../../test/support/gateway/session-kit';
import { AlphaReader } from './alpha-reader';
import { judgeFirstFrame } from './server-handshake';

/** A session in BTP/alpha, as its socket sees it. */
function reading(): { kit: RequestsKit; reader: AlphaReader; violations: string[] } {
  const kit = new RequestsKit({}, undefined, 'BTP/alpha');
  const violations: string[] = [];
  const reader = new AlphaReader(kit.session, () => violations.push('policy'));
  return { kit, reader, violations };
}

function alphaFrame(packet: BtpPacket): Buffer {
  return encodeBtpAlpha(alphaFromBtp(packet, { account: 'test.alice.client', nowMs: START_MS }));
}

const info: BtpPacket = { type: 'message', requestId: 5, protocolData: [infoRequest('account')] };
const auth = octetEntry('auth', Buffer.alloc(0));

describe('a BTP/alpha connection', () => {
  it.each<[string, BtpPacket]>([
    ['the auth of BTP/1.0', authMessage(5, 'alice', 'alice-secret')],
    ['that with empty credentials', authMessage(5, '', '')],
    ['an auth without credentials', { type: 'message', requestId: 5, protocolData: [auth] }],
    [
      'an auth that says more',
      {
        ...authMessage(5, 'alice', 'x'),
        protocolData: [...authMessage(5, 'alice', 'x').protocolData, textEntry('more', 'x')],
      },
    ],
  ])('that begins with %s is closed with 1002, and not answered (D-6)', (_, packet) => {
    const { kit, reader } = reading();
    reader.receive(encodeBtp(packet));
    expect(kit.wire.closed).toMatchObject({ code: 1002 });
    expect(kit.wire.frames).toEqual([]);
    expect(kit.endings).toEqual(['BTP/1.0 auth on a BTP/alpha connection']);
  });

  it('hears no more than any other noise in such an auth later on', () => {
    const { kit, reader } = reading();
    reader.receive(alphaFrame(info));
    reader.receive(encodeBtp(authMessage(5, 'alice', 'alice-secret')));
    expect(kit.wire.closed).toBeUndefined();
    expect(kit.wire.frames).toHaveLength(1);
    expect(kit.metrics.malformed.unreadable).toBe(1);
  });

  it('that begins with noise goes on', () => {
    const { kit, reader } = reading();
    reader.receive(Buffer.alloc(0));
    reader.receive(Buffer.from('ff00000001020100', 'hex'));
    reader.receive(alphaFrame(info));
    expect(kit.wire.sent).toMatchObject([{ type: 'response', requestId: 5 }]);
  });

  it('tells whether the peer does not know us', () => {
    const known = reading();
    known.reader.lose('closed by the peer with 1000', 1000);
    expect(known.violations).toEqual([]);
    const unknown = reading();
    unknown.reader.lose('closed by the peer with 1008', 1008);
    expect(unknown.violations).toEqual(['policy']);
    expect(unknown.kit.endings).toEqual(['closed by the peer with 1008']);
  });

  it('survives every broken frame, and says nothing that the peer could not read', () => {
    const balance: BtpPacket = { ...info, protocolData: [numberRequest('balance')] };
    const packets = [info, balance, prepare(), fulfill, reject];
    const frames = [...packets.map(alphaFrame), encodeBtp(authMessage(5, '', 'secret'))];
    const mutator = new Mutator(new Dice(20170828), 5, frames);
    let answered = 0;
    for (let broken = 0; broken < 5_000; broken += 1) {
      const { kit, reader } = reading();
      reader.receive(mutator.next().bytes);
      reader.receive(mutator.next().bytes);
      expect(kit.log.lines.filter(({ level }) => level === 'error')).toEqual([]);
      for (const frame of kit.wire.frames) decodeBtpAlpha(frame);
      answered += kit.wire.frames.length;
    }
    expect(answered).toBeGreaterThan(100);
  });
});

describe('a frame of BTP/alpha on a connection of BTP/1.0', () => {
  const nobody = (): undefined => undefined;

  it.each<[string, BtpPacket]>([
    ['an Ack', { type: 'response', requestId: 5, protocolData: [] }],
    ['a Response', { type: 'response', requestId: 5, protocolData: [textEntry('info', 'x')] }],
    ['a Message', info],
    ['a Prepare', prepare()],
    ['a Reject', reject],
  ])('%s is not understood, so not answered: the wait for auth runs on', (_, packet) => {
    expect(judgeFirstFrame(alphaFrame(packet), nobody)).toEqual({ kind: 'ignore' });
  });

  it('is refused as the first request where it happens to be one (SPEC §5.5)', () => {
    // With a fulfillment that reads as no protocol data, an alpha Fulfill is a Reject of BTP/1.0.
    const fulfillment = Buffer.from('0100'.padEnd(64, '0'), 'hex');
    const parts = { transferId, fulfillment, protocolData: [] };
    const frame = alphaFrame({ type: 'fulfill', requestId: 5, ...parts });
    expect(judgeFirstFrame(frame, nobody)).toMatchObject({
      kind: 'refuse',
      requestId: 5,
      error: 'InvalidFieldsError',
    });
  });
});
