import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { btpAlphaPacket, btpPacket, ilpError } from '../../../test/interop/codec-arbitraries';
import { failureOf } from '../../../test/interop/codec-failures';
import { decodeIlp } from '../ilp/decode-ilp';
import { encodeIlp } from '../ilp/encode-ilp';
import type { IlpError } from '../ilp/ilp-packet';
import { UnreadablePacketError } from '../oer/unreadable-packet-error';
import { decodeBtpAlpha, encodeBtpAlpha } from './alpha-codec';
import { alphaFromBtp, btpFromAlpha } from './alpha-dialect';
import type { BtpAlphaPacket } from './alpha-packet';
import { authMessage } from './auth';
import { numberRequest } from './balance-and-limit';
import { encodeBtp } from './btp-codec';
import { btpError } from './btp-errors';
import { fitInline, MAX_INLINE_CONTENT } from './inline-error';
import { ilpEntry, octetEntry } from './sub-protocols';

interface Vectors {
  readonly alpha_long_error_defect: { readonly sent_hex: string };
}

const vectors = JSON.parse(
  readFileSync(join(__dirname, '../../../test/vectors/vectors.json'), 'utf8'),
) as Vectors;

const bytesOf = (hex: string): Buffer => Buffer.from(hex, 'hex');
const transferId = 'b4c838f6-80b1-47f8-a82e-b1fcfbed89d5';
const timedOut: IlpError = {
  type: 'error',
  code: 'R00',
  name: 'Transfer Timed Out',
  triggeredBy: 'example.peer.server',
  forwardedBy: [],
  triggeredAtMs: Date.UTC(2017, 7, 28, 9, 32),
  data: Buffer.from('expired'),
};

/** SPEC §15.1, the alpha packets that the vector file does not hold. */
const inlineHex =
  '0849523030125472616e736665722054696d6564204f7574136578616d706c652e706565722e736572766572' +
  '01001332303137303832383039333230302e3030305a076578706972656400';

const frames: [string, string, BtpAlphaPacket][] = [
  ['alpha-ack-empty', '0100000001020100', { type: 'ack', requestId: 1, protocolData: [] }],
  [
    'alpha-error',
    `03000000014d${inlineHex}0100`,
    { type: 'error', requestId: 1, protocolData: [], rejectionReason: timedOut },
  ],
  [
    'alpha-reject',
    `06000000015db4c838f680b147f8a82eb1fcfbed89d5${inlineHex}0100`,
    { type: 'reject', requestId: 1, protocolData: [], transferId, rejectionReason: timedOut },
  ],
  [
    'alpha-message-limit',
    '07000000010b0101056c696d6974000100',
    { type: 'message', requestId: 1, protocolData: [numberRequest('limit')] },
  ],
];

describe('the BTP/alpha codec', () => {
  it.each(frames)('carries %s both ways', (_, hex, packet) => {
    expect(decodeBtpAlpha(bytesOf(hex))).toEqual(packet);
    expect(encodeBtpAlpha(packet).toString('hex')).toBe(hex);
  });

  it('reads back every packet it writes', () => {
    fc.assert(
      fc.property(btpAlphaPacket, (packet) => {
        expect(decodeBtpAlpha(encodeBtpAlpha(packet))).toEqual(packet);
      }),
      { numRuns: 500 },
    );
  });

  it.each(['00', '08', 'ff'])('refuses the type byte %s', (type) => {
    expect(failureOf(() => decodeBtpAlpha(bytesOf(`${type}00000001020100`)))).toMatchObject({
      name: 'UnreadablePacketError',
      rule: 'unknown-type',
    });
  });

  it('reads inline errors of any length, and writes none of 128 content bytes', () => {
    const { sent_hex } = vectors.alpha_long_error_defect;
    const content = `${sent_hex}0100`;
    const length = `81${(content.length / 2).toString(16)}`;
    const packet = decodeBtpAlpha(bytesOf(`0300000001${length}${content}`));
    expect(packet).toMatchObject({
      type: 'error',
      rejectionReason: { code: 'F02', forwardedBy: ['g.a.mark', 'g.b.mary'] },
    });
    const shortened = decodeBtpAlpha(encodeBtpAlpha(packet));
    expect(shortened).toMatchObject({
      rejectionReason: {
        code: 'F02',
        name: 'Unreachable',
        triggeredBy: 'peer.aaaaa.usd.9.conn',
        forwardedBy: [],
        triggeredAtMs: timedOut.triggeredAtMs,
      },
    });
    // type, request id, two bytes of length, type 8, and then one byte of length, as it must be.
    expect(encodeBtpAlpha(packet)[8]).toBe(MAX_INLINE_CONTENT);
  });

  it.each([
    ['a cut ILP payment', '0104 00000000', 'rejectionReason.amount'],
    ['fulfillment data', '0902 0000', 'rejectionReason.type'],
    [
      'an ILP error with a bad date',
      inlineHex.replace('30305a', '303058'),
      'rejectionReason.triggeredAt',
    ],
    ['noise', '6502 ffff', 'rejectionReason.type'],
  ])('owes an answer to a Reject whose reason is %s', (_, reason, field) => {
    const content = `b4c838f680b147f8a82eb1fcfbed89d5${reason.replace(' ', '')}0100`;
    const length = (content.length / 2).toString(16).padStart(2, '0');
    const frame = bytesOf(`0600000005${length}${content}`);
    expect(failureOf(() => decodeBtpAlpha(frame))).toMatchObject({
      name: 'InvalidFieldError',
      requestId: 5,
      packetType: 'reject',
      field,
    });
  });

  it('finds no alpha packet in the auth message of BTP/1.0 (D-6)', () => {
    const frame = encodeBtp(authMessage(1, 'someUsername', 'someToken'));
    expect(failureOf(() => decodeBtpAlpha(frame))).toBeInstanceOf(UnreadablePacketError);
  });
});

describe('an inline error', () => {
  it('is left alone where it fits', () => {
    expect(fitInline(timedOut)).toBe(timedOut);
  });

  it('always fits and keeps its code and time', () => {
    fc.assert(
      fc.property(ilpError, (error) => {
        const fitted = fitInline(error);
        const bytes = encodeIlp(fitted);
        expect(bytes[1]).toBeLessThanOrEqual(MAX_INLINE_CONTENT);
        expect(decodeIlp(bytes)).toEqual(fitted);
        expect(fitted).toMatchObject({ code: error.code, triggeredAtMs: error.triggeredAtMs });
      }),
      { numRuns: 300 },
    );
  });

  it('loses its forwarders first, then data, and the account only if it must', () => {
    const forwarded = { ...timedOut, forwardedBy: ['g.'.padEnd(60, 'x')] };
    expect(fitInline(forwarded)).toEqual(timedOut);
    const wordy = { ...forwarded, data: Buffer.from(`{"message":"${'y'.repeat(80)}"}`) };
    const fitted = fitInline(wordy);
    expect(fitted).toMatchObject({ triggeredBy: timedOut.triggeredBy, name: timedOut.name });
    expect(JSON.parse(fitted.data.toString())).toHaveProperty('message');
    const distant = fitInline({ ...timedOut, triggeredBy: 'g.'.padEnd(1023, 'x') });
    expect(distant.data).toHaveLength(0);
    expect(distant.name).toBe(timedOut.name);
    expect(distant.triggeredBy.length).toBeGreaterThan(50);
  });
});

describe('the two dialects of BTP', () => {
  const speaker = { account: 'test.b.server', nowMs: timedOut.triggeredAtMs };

  it('say the same of everything but answers and reasons', () => {
    fc.assert(
      fc.property(btpPacket, (packet) => {
        fc.pre(packet.type !== 'error' && packet.type !== 'reject');
        expect(btpFromAlpha(alphaFromBtp(packet, speaker))).toEqual(packet);
      }),
      { numRuns: 200 },
    );
  });

  it('answer with an Ack where there is nothing to say, else with a Response', () => {
    const empty = { type: 'response', requestId: 1, protocolData: [] } as const;
    expect(alphaFromBtp(empty, speaker).type).toBe('ack');
    const full = { ...empty, protocolData: [octetEntry('balance', Buffer.alloc(8))] };
    expect(alphaFromBtp(full, speaker)).toEqual(full);
    expect(btpFromAlpha({ ...full, type: 'ack' })).toEqual(full);
  });

  it('carry code, name and text of an Error in an inline ILP error', () => {
    const error = btpError({
      requestId: 3,
      name: 'InsufficientBalanceError',
      message: 'over the limit',
      triggeredAtMs: speaker.nowMs,
    });
    const alpha = alphaFromBtp(error, speaker);
    expect(alpha).toMatchObject({
      type: 'error',
      rejectionReason: {
        code: 'F08',
        name: 'InsufficientBalanceError',
        triggeredBy: 'test.b.server',
        data: Buffer.from('{"message":"over the limit"}'),
      },
    });
    expect(btpFromAlpha(decodeBtpAlpha(encodeBtpAlpha(alpha)))).toEqual(error);
  });

  it.each([
    ['F07', 'Cannot Receive', 'F00'],
    ['F05', 'Wrong Condition', 'F00'],
    ['R00', 'Transfer Timed Out', 'F00'],
    ['T04', 'Insufficient Liquidity', 'T00'],
    ['F06', 'AlreadyFulfilledError', 'F06'],
  ])('take code %s of an error %s for %s: only under a name of BTP is it one of BTP', (...told) => {
    const [code, name, btpCode] = told;
    const rejectionReason = { ...timedOut, code, name };
    const error = { type: 'error', requestId: 3, protocolData: [], rejectionReason } as const;
    expect(btpFromAlpha(error)).toMatchObject({ type: 'error', code: btpCode, name });
  });

  it('carry the reason of a Reject inline or as its entry `ilp`', () => {
    const other = octetEntry('claim', Buffer.from('x'));
    const reject = {
      type: 'reject',
      requestId: 3,
      transferId,
      protocolData: [ilpEntry(encodeIlp(timedOut)), other],
    } as const;
    const alpha = alphaFromBtp(reject, speaker);
    expect(alpha).toEqual({
      type: 'reject',
      requestId: 3,
      transferId,
      protocolData: [other],
      rejectionReason: timedOut,
    });
    expect(btpFromAlpha(alpha)).toEqual(reject);
  });

  it('give a reason to a Reject that has none to show', () => {
    const reject = { type: 'reject', requestId: 3, transferId, protocolData: [] } as const;
    const reason = { code: 'F00', triggeredBy: 'test.b.server', triggeredAtMs: speaker.nowMs };
    expect(alphaFromBtp(reject, speaker)).toMatchObject({ rejectionReason: reason });
    const noise = { ...reject, protocolData: [ilpEntry(Buffer.from('08ff', 'hex'))] };
    expect(alphaFromBtp(noise, speaker)).toMatchObject({ rejectionReason: reason });
    const rejection = encodeIlp({
      type: 'rejection',
      code: 'F02',
      triggeredBy: 'g.far',
      message: 'gone',
      data: Buffer.alloc(0),
    });
    const old = { ...reject, protocolData: [ilpEntry(rejection)] };
    expect(alphaFromBtp(old, speaker)).toMatchObject({
      rejectionReason: { code: 'F02', name: 'Unreachable', data: Buffer.from('gone') },
    });
  });
});
