import { type HotCodecReader, UnreadableMessageError } from './hot-codec-reader';
import type { HotCodecWriter } from './hot-codec-writer';
import type { HotPlan, HotPricing } from './hot-messages';

const FORWARD = 0;
const REFUSE = 1;

/** Which members of a pricing follow, in this order; 0 = there is none. */
const PRICED = 1;
const ASKED = 2;
const RATES_VERSION = 4;
const FEE = 8;
const MAX_IN = 16;
const MAX_OUT = 32;
const SLIPPAGE = 64;
const ALL = 127;

export function writePlan(out: HotCodecWriter, plan: HotPlan): void {
  if (plan.kind === 'refuse') {
    out.uint8(REFUSE);
    out.text(plan.code);
    out.text(plan.triggeredBy);
    out.text(plan.message);
    return;
  }
  out.uint8(FORWARD);
  out.text(plan.ledgerId);
  out.uuid(plan.transferId);
  out.uint64(plan.amount);
  out.timeMs(plan.expiresAtMs);
  writePricing(out, plan.pricing);
}

/** @throws UnreadableMessageError */
export function readPlan(input: HotCodecReader): HotPlan {
  const tag = input.uint8('plan');
  if (tag === FORWARD) {
    return {
      kind: 'forward',
      ledgerId: input.text('plan.ledgerId'),
      transferId: input.uuid('plan.transferId'),
      amount: input.uint64('plan.amount'),
      expiresAtMs: input.timeMs('plan.expiresAtMs'),
      pricing: readPricing(input),
    };
  }
  if (tag !== REFUSE) throw new UnreadableMessageError('plan', `${tag} is not known`);
  return {
    kind: 'refuse',
    code: input.text('plan.code'),
    triggeredBy: input.text('plan.triggeredBy'),
    message: input.text('plan.message'),
  };
}

function writePricing(out: HotCodecWriter, pricing: HotPricing | undefined): void {
  if (pricing === undefined) {
    out.uint8(0);
    return;
  }
  const { pays, ratesVersion, spreadPpm, fee, maxIn, maxOut, slippagePpm } = pricing;
  out.uint8(
    PRICED |
      (pays === 'asked' ? ASKED : 0) |
      (ratesVersion === undefined ? 0 : RATES_VERSION) |
      (fee === undefined ? 0 : FEE) |
      (maxIn === undefined ? 0 : MAX_IN) |
      (maxOut === undefined ? 0 : MAX_OUT) |
      (slippagePpm === undefined ? 0 : SLIPPAGE),
  );
  out.uint32(spreadPpm);
  if (ratesVersion !== undefined) out.uint32(ratesVersion);
  if (fee !== undefined) out.uint64(fee);
  if (maxIn !== undefined) out.uint64(maxIn);
  if (maxOut !== undefined) out.uint64(maxOut);
  if (slippagePpm !== undefined) out.uint32(slippagePpm);
}

/** @throws UnreadableMessageError */
function readPricing(input: HotCodecReader): HotPricing | undefined {
  const flags = input.uint8('plan.pricing');
  if (flags === 0) return undefined;
  if ((flags & PRICED) === 0 || flags > ALL) {
    throw new UnreadableMessageError('plan.pricing', `${flags} is not known`);
  }
  return {
    pays: flags & ASKED ? 'asked' : 'brought',
    spreadPpm: input.uint32('plan.pricing.spreadPpm'),
    ratesVersion: flags & RATES_VERSION ? input.uint32('plan.pricing.ratesVersion') : undefined,
    fee: flags & FEE ? input.uint64('plan.pricing.fee') : undefined,
    maxIn: flags & MAX_IN ? input.uint64('plan.pricing.maxIn') : undefined,
    maxOut: flags & MAX_OUT ? input.uint64('plan.pricing.maxOut') : undefined,
    slippagePpm: flags & SLIPPAGE ? input.uint32('plan.pricing.slippagePpm') : undefined,
  };
}
