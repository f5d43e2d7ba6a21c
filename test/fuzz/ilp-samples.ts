import {
  encodeIlp,
  ILP_ERROR_NAMES,
  ILP_LIMIT,
  type CurvePoint,
  type IlpError,
  type IlpPacket,
} from '#protocol';
import type { Dice } from './dice';

/** Stands for a moment soon: whoever wants it to be one writes it over the bytes. */
export const SOON = Date.UTC(2099, 11, 31);

/** Moments that never change, so that a seed gives the same bytes on any day. */
export const MOMENTS: readonly number[] = [
  1,
  Date.UTC(2017, 7, 28),
  Date.UTC(2000, 1, 29, 23, 59, 59, 999),
  SOON,
  SOON,
  SOON,
  Date.UTC(9999, 11, 31, 23, 59, 59, 999),
];
/** Texts of which databases, JSON and logs have different opinions. */
const ODD_TEXTS = ['', '\0', 'a\0b', 'ÿ\u0080', '"}\n', '%s${jndi}', '\u2028'.slice(1) + '\x1b[2J'];
const FORWARDERS = ['test.open-1.server', 'g.far.away', ''];
const CODES: readonly string[] = [...Object.keys(ILP_ERROR_NAMES), 'Z42', '\0\0\0'];
const MOST_UINT64 = 2n ** 64n - 1n;
/** Now and then: the longest data, and one byte more. */
const HUGE_EVERY = 200;
const RESPONSES = ['by-source-response', 'by-destination-response', 'liquidity-response'] as const;

/** ILP packets of every type, to or about `destinations`. */
export class IlpSamples {
  constructor(
    private readonly dice: Dice,
    private readonly destinations: readonly string[],
  ) {}

  encoded(): Buffer {
    return encodeIlp(this.any());
  }

  /** Mostly payments, as in life. */
  any(): IlpPacket {
    const { dice } = this;
    switch (dice.roll(10)) {
      case 0:
      case 1:
      case 2:
        return this.payment();
      case 3:
        return { type: 'forwarded-payment', account: this.account(), data: this.data() };
      case 4:
        return this.error();
      case 5:
        return { type: 'fulfillment-data', data: this.data() };
      case 6:
        return this.rejection();
      case 7:
      case 8:
        return this.question();
      default:
        return this.answer();
    }
  }

  payment(amount = this.amount()): IlpPacket {
    return { type: 'payment', amount, account: this.account(), data: this.data() };
  }

  error(): IlpError {
    const { dice } = this;
    return {
      type: 'error',
      code: dice.pick(CODES),
      name: this.text(),
      triggeredBy: this.text(),
      forwardedBy: Array.from({ length: dice.roll(3) }, () => dice.pick(FORWARDERS)),
      triggeredAtMs: dice.pick(MOMENTS),
      data: dice.once(4) ? Buffer.from(this.text(), 'latin1') : dice.bytes(dice.roll(100)),
    };
  }

  /** Small ones that can be paid, and those at the ends of 64 bits. */
  amount(): bigint {
    const { dice } = this;
    switch (dice.roll(8)) {
      case 0:
        return 0n;
      case 1:
        return dice.pick([1n, 2n ** 63n, 2n ** 63n - 1n, MOST_UINT64]);
      case 2:
        return dice.bytes(8).readBigUInt64BE();
      default:
        return BigInt(1 + dice.roll(2_000));
    }
  }

  text(): string {
    const { dice } = this;
    return dice.once(2) ? dice.pick(ODD_TEXTS) : dice.bytes(dice.roll(40)).toString('latin1');
  }

  private rejection(): IlpPacket {
    const { dice } = this;
    const message = dice.once(2) ? 'no\0' : 'ünknown 🙈';
    const triggeredBy = this.text();
    return { type: 'rejection', code: dice.pick(CODES), triggeredBy, message, data: this.data() };
  }

  private question(): IlpPacket {
    const { dice } = this;
    const destinationAccount = this.account();
    const destinationHoldDurationMs = dice.pick([0, 1_000, 4_000, 0xffff_ffff]);
    const asked = { destinationAccount, destinationHoldDurationMs };
    switch (dice.roll(3)) {
      case 0:
        return { type: 'liquidity-request', ...asked };
      case 1:
        return { type: 'by-source-request', ...asked, sourceAmount: this.amount() };
      default:
        return { type: 'by-destination-request', ...asked, destinationAmount: this.amount() };
    }
  }

  private answer(): IlpPacket {
    const { dice } = this;
    const sourceHoldDurationMs = dice.pick([0, 4_000, 0xffff_ffff]);
    const type = dice.pick(RESPONSES);
    switch (type) {
      case 'by-source-response':
        return { type, destinationAmount: this.amount(), sourceHoldDurationMs };
      case 'by-destination-response':
        return { type, sourceAmount: this.amount(), sourceHoldDurationMs };
      case 'liquidity-response':
        return {
          type,
          points: this.curve(),
          appliesToPrefix: dice.once(3) ? '' : 'test.open-1.',
          sourceHoldDurationMs,
          expiresAtMs: dice.pick(MOMENTS),
        };
    }
  }

  private curve(): CurvePoint[] {
    return Array.from({ length: this.dice.roll(12) }, (_, index) => {
      const x = BigInt(index) * 1_000n;
      return [x, x / 2n] as const;
    });
  }

  private account(): string {
    return this.dice.pick(this.destinations);
  }

  private data(): Buffer {
    const { dice } = this;
    if (dice.once(HUGE_EVERY)) return Buffer.alloc(ILP_LIMIT.paymentData - dice.roll(2), 7);
    return dice.bytes(dice.roll(dice.once(8) ? 400 : 40));
  }
}
