import fc from 'fast-check';
import {
  type BtpErrorName,
  type BtpPacket,
  btpError,
  btpFromAlpha,
  decodeBtpAlpha,
  decodeIlp,
  encodeIlp,
  ilpEntry,
  type IlpError,
  MAX_INLINE_CONTENT,
  protocolEntry,
  textEntry,
} from '#protocol';
import {
  btpAlphaPacket,
  btpPacket,
  inlineError,
  protocolData,
} from '../../../../test/interop/codec-arbitraries';
import { START_MS } from '../../../../test/support/gateway/session-kit';
import { refusalOf } from './asker';
import { BTP_1_0, btpAlpha } from './btp-dialect';

const ALPHA = btpAlpha(
  () => 'test.alice.server',
  () => START_MS,
);
/** Content bytes of an inline error beside its name, account and data: lengths, code, date, none forwarded. */
const ROOM_WITHOUT_TEXTS = 3 + 1 + 1 + 2 + 20 + 1 + 1;
const transferId = 'b4c838f6-80b1-47f8-a82e-b1fcfbed89d5';
const timedOut: IlpError = {
  type: 'error',
  code: 'R00',
  name: 'Transfer Timed Out',
  triggeredBy: 'example.peer.server',
  forwardedBy: [],
  triggeredAtMs: START_MS,
  data: Buffer.from('expired'),
};
const info = textEntry('info', 'test.a');

/** What the house says, and the type byte under which it stands on the wire. */
const said: readonly (readonly [string, number, BtpPacket])[] = [
  ['an empty Response', 1, { type: 'response', requestId: 1, protocolData: [] }],
  ['a Response with data', 2, { type: 'response', requestId: 1, protocolData: [info] }],
  [
    'an Error',
    3,
    btpError({
      requestId: 1,
      name: 'DuplicateIdError',
      message: 'known',
      triggeredAtMs: START_MS,
    }),
  ],
  [
    'a Prepare',
    4,
    {
      type: 'prepare',
      requestId: 1,
      transferId,
      amount: 2n ** 64n - 1n,
      executionCondition: Buffer.alloc(32, 9),
      expiresAtMs: START_MS,
      protocolData: [ilpEntry(Buffer.from('packet')), textEntry('to', 'test.alice.client')],
    },
  ],
  [
    'a Fulfill',
    5,
    {
      type: 'fulfill',
      requestId: 1,
      transferId,
      fulfillment: Buffer.alloc(32, 7),
      protocolData: [],
    },
  ],
  [
    'a Reject',
    6,
    { type: 'reject', requestId: 1, transferId, protocolData: [ilpEntry(encodeIlp(timedOut))] },
  ],
  ['a Message', 7, { type: 'message', requestId: 1, protocolData: [info] }],
];

describe('the dialect of BTP/alpha', () => {
  it.each(said)('says %s with type byte %i and hears the same', (_, typeByte, packet) => {
    const frame = ALPHA.encode(packet);
    expect(frame[0]).toBe(typeByte);
    expect(ALPHA.decode(frame)).toEqual(packet);
  });

  it.each([
    ['an Ack', '0100000001020100'],
    ['an empty Response', '0200000001020100'],
  ])('hears %s as that: done, nothing to say', (_, hex) => {
    expect(ALPHA.decode(Buffer.from(hex, 'hex'))).toEqual({
      type: 'response',
      requestId: 1,
      protocolData: [],
    });
  });

  it('hears what an Ack says beside that it is done', () => {
    const [, , response] = said[1] ?? [];
    const frame = response && ALPHA.encode(response);
    frame?.writeUInt8(1);
    expect(ALPHA.decode(frame ?? Buffer.alloc(0))).toEqual(response);
  });

  it('signs its Errors with our account as it is known by then', () => {
    let account = 'test.causeway';
    const dialect = btpAlpha(
      () => account,
      () => START_MS,
    );
    const error = btpError({
      requestId: 1,
      name: 'NotAcceptedError',
      message: 'no',
      triggeredAtMs: START_MS,
    });
    const triggeredBy = (): unknown => {
      const packet = decodeBtpAlpha(dialect.encode(error));
      return packet.type === 'error' && packet.rejectionReason.triggeredBy;
    };
    expect(triggeredBy()).toBe('test.causeway');
    account = 'test.bob.client';
    expect(triggeredBy()).toBe('test.bob.client');
  });

  it.each([127, 128, 300, 8_192])('cuts an Error of %i bytes to what peers can read', (size) => {
    const error = btpError({
      requestId: 1,
      name: 'InsufficientBalanceError',
      message: 'x'.repeat(size - '{"message":""}'.length),
      triggeredAtMs: START_MS,
    });
    expect(error.data).toHaveLength(size);
    const frame = ALPHA.encode(error);
    // Behind type, request id and length stands the inline error: type 8, and its length in one byte.
    const inline = frame.indexOf(8, 6);
    expect(frame[inline + 1]).toBeLessThanOrEqual(MAX_INLINE_CONTENT);
    expect(frame[inline + 1]).toBeGreaterThan(MAX_INLINE_CONTENT - 10);
    const heard = ALPHA.decode(frame);
    expect(heard).toMatchObject({ code: 'F08', name: 'InsufficientBalanceError' });
    expect(heard.type === 'error' && refusalOf(heard).message).toMatch(/^x+$/);
  });

  it('tells a Reject without a reason with one of ours, and one without a readable one too', () => {
    for (const protocolData of [[], [ilpEntry(Buffer.from('08ff', 'hex'))]]) {
      const reject = { type: 'reject', requestId: 1, transferId, protocolData } as const;
      expect(decodeBtpAlpha(ALPHA.encode(reject))).toMatchObject({
        type: 'reject',
        transferId,
        protocolData: [],
        rejectionReason: { code: 'F00', triggeredBy: 'test.alice.server' },
      });
    }
  });

  it('cuts the reason of a Reject, forwarders first, and keeps who triggered it', () => {
    const forwardedBy = ['test.far.connector.one', 'test.far.connector.two'];
    const reason = { ...timedOut, forwardedBy, data: Buffer.from('y'.repeat(200)) };
    const protocolData = [ilpEntry(encodeIlp(reason))];
    const heard = ALPHA.decode(
      ALPHA.encode({ type: 'reject', requestId: 1, transferId, protocolData }),
    );
    const entry = protocolEntry(heard.protocolData, 'ilp');
    expect(decodeIlp(entry?.data ?? Buffer.alloc(0))).toMatchObject({
      code: 'R00',
      name: 'Transfer Timed Out',
      triggeredBy: 'example.peer.server',
      forwardedBy: [],
    });
  });

  it.each<[string, string, BtpErrorName, boolean]>([
    ['AlreadyFulfilledError', 'F06', 'AlreadyFulfilledError', false],
    ['TransferNotFoundError', 'F02', 'TransferNotFoundError', false],
    ['UnreachableError', 'T00', 'UnreachableError', true],
    ['Cannot Receive', 'F07', 'NotAcceptedError', false],
    ['Unexpected Payment', 'F06', 'NotAcceptedError', false],
    ['Wrong Condition', 'F05', 'NotAcceptedError', false],
    ['Transfer Timed Out', 'R00', 'NotAcceptedError', false],
    ['Connector Busy', 'T03', 'UnreachableError', true],
  ])('understands an Error %s with code %s as %s', (name, code, meant, isTemporary) => {
    const error = { ...said[2]?.[2], type: 'error', code, name } as BtpPacket;
    const heard = ALPHA.decode(ALPHA.encode(error));
    expect(heard.type === 'error' && refusalOf(heard)).toMatchObject({ name: meant, isTemporary });
  });

  it('keeps every packet of BTP/1.0, but for what an inline error has no room for', () => {
    fc.assert(
      fc.property(btpPacket, (packet) => {
        const heard = ALPHA.decode(ALPHA.encode(packet));
        expect(withoutLosses(heard)).toEqual(withoutLosses(packet));
      }),
      { numRuns: 300 },
    );
  });

  it('keeps the reason of every Reject that fits, and what stands beside it', () => {
    fc.assert(
      fc.property(inlineError, protocolData, (reason, entries) => {
        const others = entries.filter(({ protocolName }) => protocolName !== 'ilp');
        const ilp = ilpEntry(encodeIlp(reason));
        const reject = { type: 'reject', requestId: 1, transferId } as const;
        const heard = ALPHA.decode(ALPHA.encode({ ...reject, protocolData: [...others, ilp] }));
        expect(heard).toEqual({ ...reject, protocolData: [ilp, ...others] });
      }),
      { numRuns: 200 },
    );
  });

  it('makes of every packet of BTP/alpha one that can be passed on in BTP/1.0', () => {
    fc.assert(
      fc.property(btpAlphaPacket, (alpha) => {
        const packet = btpFromAlpha(alpha);
        expect(BTP_1_0.decode(BTP_1_0.encode(packet))).toEqual(packet);
        expect(ALPHA.decode(ALPHA.encode(packet))).toEqual(packet);
      }),
      { numRuns: 300 },
    );
  });
});

/**
 * A packet without what BTP/alpha cannot carry: an `ilp` entry of a Reject that is no ILP error, a code
 * under a name that is not BTP's, and whatever of an Error goes beyond 127 bytes.
 */
function withoutLosses(packet: BtpPacket): unknown {
  if (packet.type === 'reject') {
    const others = packet.protocolData.filter(({ protocolName }) => protocolName !== 'ilp');
    return { ...packet, protocolData: others };
  }
  if (packet.type !== 'error') return packet;
  const { type, requestId, protocolData: entries, triggeredAtMs, name, data } = packet;
  const kept = { type, requestId, protocolData: entries, triggeredAtMs };
  const around = 'test.alice.server'.length + ROOM_WITHOUT_TEXTS;
  return around + name.length + data.length > MAX_INLINE_CONTENT ? kept : { ...kept, name, data };
}
