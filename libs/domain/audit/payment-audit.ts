import { isOpen } from '#domain/ledger';
import type { AuditProblem, Tell } from './audit-problem';
import { type Leg, legKey, paymentKey } from './leg';

/** What is known of the ledgers whose legs are audited. */
export interface PaymentScope {
  /** Have all legs of this ledger been handed in? If not, nothing is said about legs that are missing on it. */
  isComplete(ledger: string): boolean;
}

export interface PaymentCounts {
  /** Incoming transfers with their outgoing ones. */
  payments: number;
  /** One leg is final and the other one has yet to follow it. */
  unfinished: number;
  /** Outgoing transfers that were paid and whose incoming one was not. */
  losses: number;
}

export function noPayments(): PaymentCounts {
  return { payments: 0, unfinished: 0, losses: 0 };
}

/** Legs that share a key, as they come in; all legs of one payment must be handed in together. */
interface Payment {
  incoming: Leg[];
  outgoing: Leg[];
}

/**
 * Holds the two legs of each payment against one another: the outgoing one is what the plan of the
 * incoming one says, and they end alike. `legs` may be any share of all legs, as long as those of
 * one payment (`paymentKey`) are in the same share.
 */
export function auditPayments(
  legs: Iterable<Leg>,
  scope: PaymentScope,
  parts: { readonly counts: PaymentCounts; readonly tell: Tell },
): void {
  const payments = new Map<string, Payment>();
  for (const leg of legs) {
    const key = paymentKey(leg);
    const payment = payments.get(key) ?? { incoming: [], outgoing: [] };
    payments.set(key, payment);
    payment[leg.direction].push(leg);
  }
  for (const payment of payments.values()) auditPayment(payment, scope, parts);
}

/** Every id is begun once on its ledger, for ever. `legs` as above, by the leg's own key. */
export function auditIdentities(legs: Iterable<Leg>, tell: Tell): void {
  const seen = new Map<string, number>();
  for (const leg of legs) {
    const key = legKey(leg.ledger, leg.transfer);
    const first = seen.get(key);
    if (first === undefined) seen.set(key, leg.beganVersion);
    else tell(problemOf('begun-twice', leg, 'one beginning', `another at version ${first}`));
  }
}

interface Parts {
  readonly counts: PaymentCounts;
  readonly tell: Tell;
}

function auditPayment({ incoming, outgoing }: Payment, scope: PaymentScope, parts: Parts): void {
  const [source] = incoming;
  const [target, ...others] = outgoing;
  for (const other of others) {
    parts.tell(problemOf('forwarded-twice', other, 'one outgoing transfer', 'another one'));
  }
  if (source === undefined) {
    for (const leg of outgoing) auditCauseless(leg, scope, parts.tell);
    return;
  }
  parts.counts.payments += 1;
  if (target === undefined) {
    auditUnforwarded(source, scope, parts.tell);
    return;
  }
  auditAgreement(source, target, parts.tell);
  auditOutcome(source, target, parts);
}

/** An outgoing transfer that nobody paid us for: somebody must have ordered it. */
function auditCauseless(leg: Leg, scope: PaymentScope, tell: Tell): void {
  if (leg.link.kind === 'ordered') return;
  if (leg.link.kind !== 'cause') {
    if (leg.status !== 'fulfilled') return;
    tell(problemOf('cause', leg, 'an incoming transfer that caused it', 'none'));
    return;
  }
  const { ledger, transfer } = leg.link;
  if (!scope.isComplete(ledger)) return;
  tell(problemOf('cause', leg, `incoming transfer ${transfer} on ledger ${ledger}`, 'none'));
}

function auditUnforwarded(leg: Leg, scope: PaymentScope, tell: Tell): void {
  if (leg.status !== 'fulfilled') return;
  if (leg.link.kind === 'forward' && !scope.isComplete(leg.link.ledger)) return;
  const to = leg.link.kind === 'forward' ? ` on ledger ${leg.link.ledger}` : '';
  tell(problemOf('taken-without-paying', leg, `a fulfilled outgoing transfer${to}`, 'none'));
}

function auditAgreement(source: Leg, target: Leg, tell: Tell): void {
  const { link: plan } = source;
  const { link: cause } = target;
  const differs = (what: string, expected: unknown, found: unknown): void => {
    if (expected !== found) tell(problemOf(what, target, String(expected), String(found)));
  };
  differs('plan: kind', 'forward', plan.kind);
  if (plan.kind === 'forward') {
    differs('plan: ledger', plan.ledger, target.ledger);
    differs('plan: transfer', plan.transfer, target.transfer);
    differs('plan: amount', plan.amount, target.amount);
    differs('plan: expiry', plan.expiresAtMs, target.expiresAtMs);
  }
  if (cause.kind === 'cause') differs('cause: amount', source.amount, cause.amount);
  differs('condition', hex(source.condition), hex(target.condition));
  if (source.packetDigest !== null && target.packetDigest !== null) {
    differs('packet', hex(source.packetDigest), hex(target.packetDigest));
  }
  if (target.expiresAtMs > source.expiresAtMs) {
    const expected = `at most ${source.expiresAtMs}`;
    tell(problemOf('expiry', target, expected, String(target.expiresAtMs)));
  }
}

/** What we pay we are paid for, and the other way round (SPEC §13.5). */
function auditOutcome(source: Leg, target: Leg, { counts, tell }: Parts): void {
  if (target.status === 'fulfilled' && !isOpen(source) && source.status !== 'fulfilled') {
    counts.losses += 1;
    const found = `${source.status}: ${target.amount} base units of ${target.ledger} were lost`;
    const expected = `incoming transfer ${source.transfer} on ledger ${source.ledger} fulfilled`;
    tell(problemOf('loss', target, expected, found));
  } else if (source.status === 'fulfilled' && target.status !== 'fulfilled') {
    const expected = `outgoing transfer ${target.transfer} on ledger ${target.ledger} fulfilled`;
    tell(problemOf('taken-without-paying', source, expected, target.status));
  } else if (isOpen(source) !== isOpen(target)) {
    counts.unfinished += 1;
  }
}

function problemOf(rule: string, leg: Leg, expected: string, found: string): AuditProblem {
  const { ledger, transfer, lastVersion: version } = leg;
  return { rule, ledger, version, transfer, expected, found };
}

function hex(bytes: Buffer): string {
  return bytes.toString('hex');
}
