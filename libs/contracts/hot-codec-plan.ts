import { type HotCodecReader, UnreadableMessageError } from './hot-codec-reader';
import type { HotCodecWriter } from './hot-codec-writer';
import type { HotPlan } from './hot-messages';

const FORWARD = 0;
const REFUSE = 1;

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
