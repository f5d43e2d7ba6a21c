import {
  AUTHORITIES,
  type Cause,
  type ForwardPlan,
  type LedgerOpened,
  type PaymentOrder,
  type PaymentPlan,
  type PlanPricing,
  PRICED_BY,
  type RefusePlan,
  type TransferPrepared,
  type TransferProposed,
} from './events';
import type { PayloadReader } from './payload-reader';
import { readLimits } from './read-terms-payload';

/** The inverse of `eventPayload`, part by part; each throws UnreadableEventError. */
export function readOpened(payload: PayloadReader): LedgerOpened {
  return {
    type: 'LedgerOpened',
    prefix: payload.text('prefix'),
    currencyCode: payload.text('currencyCode'),
    currencyScale: payload.integer('currencyScale'),
    account: payload.text('account'),
    peerAccount: payload.text('peerAccount'),
    authority: payload.oneOf('authority', AUTHORITIES),
    limits: readLimits(payload),
  };
}

export function readPrepared(
  payload: PayloadReader,
): Omit<TransferPrepared, 'type' | 'transferId' | 'packet'> {
  const plan = payload.has('plan') ? readPlan(payload.object('plan')) : undefined;
  const cause = payload.has('cause') ? readCause(payload.object('cause')) : undefined;
  const order = payload.has('order') ? readOrder(payload.object('order')) : undefined;
  return {
    direction: payload.oneOf('direction', ['incoming', 'outgoing']),
    amount: payload.amount('amount'),
    condition: payload.bytes('condition'),
    expiresAtMs: payload.integer('expiresAtMs'),
    sideDataDigest: payload.bytesOrNull('sideDataDigest'),
    ...(payload.has('sideData') && { sideData: payload.bytes('sideData') }),
    ...(plan && { plan }),
    ...(cause && { cause }),
    ...(order && { order }),
  };
}

/** A proposal is always ours and has neither plan nor side data. */
export function readProposed(
  payload: PayloadReader,
): Omit<TransferProposed, 'type' | 'transferId' | 'packet'> {
  const { direction, plan, sideData, ...proposed } = readPrepared(payload);
  if (direction !== 'outgoing') payload.fail('direction', 'not-one-of-the-known');
  if (plan !== undefined) payload.fail('plan', 'unexpected');
  if (sideData !== undefined) payload.fail('sideData', 'unexpected');
  return { ...proposed, direction: 'outgoing' };
}

function readOrder(payload: PayloadReader): PaymentOrder {
  const order = {
    by: payload.text('by'),
    memo: payload.textOrNull('memo'),
    pricedBy: payload.oneOf('pricedBy', PRICED_BY),
  };
  payload.finish();
  return order;
}

function readPlan(payload: PayloadReader): PaymentPlan {
  const kind = payload.oneOf('kind', ['forward', 'refuse']);
  const plan = kind === 'forward' ? readForward(payload) : readRefuse(payload);
  payload.finish();
  return plan;
}

function readForward(payload: PayloadReader): ForwardPlan {
  return {
    kind: 'forward',
    ledgerId: payload.ledgerId('ledgerId'),
    transferId: payload.transferId('transferId'),
    amount: payload.amount('amount'),
    expiresAtMs: payload.integer('expiresAtMs'),
    ...(payload.has('pricing') && { pricing: readPricing(payload.object('pricing')) }),
  };
}

function readPricing(payload: PayloadReader): PlanPricing {
  const pricing: PlanPricing = {
    pays: payload.oneOf('pays', ['asked', 'brought']),
    ...(payload.has('ratesVersion') && { ratesVersion: payload.integer('ratesVersion') }),
    spreadPpm: payload.integer('spreadPpm'),
    ...(payload.has('fee') && { fee: payload.amount('fee') }),
    ...(payload.has('maxIn') && { maxIn: payload.amount('maxIn') }),
    ...(payload.has('maxOut') && { maxOut: payload.amount('maxOut') }),
    ...(payload.has('slippagePpm') && { slippagePpm: payload.integer('slippagePpm') }),
  };
  if ('maxIn' in pricing && 'maxOut' in pricing) payload.fail('maxOut', 'unexpected');
  payload.finish();
  return pricing;
}

function readRefuse(payload: PayloadReader): RefusePlan {
  return {
    kind: 'refuse',
    code: payload.text('code'),
    triggeredBy: payload.text('triggeredBy'),
    message: payload.text('message'),
  };
}

function readCause(payload: PayloadReader): Cause {
  const cause = {
    ledgerId: payload.ledgerId('ledgerId'),
    transferId: payload.transferId('transferId'),
    amount: payload.amount('amount'),
  };
  payload.finish();
  return cause;
}
