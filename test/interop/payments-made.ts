import type { HistoricPeer } from '../../apps/causeway/src/demo/historic-peer';
import type {
  PaymentOrder,
  PaymentOutcome,
  ReceiverBehaviour,
} from '../../apps/causeway/src/demo/historic-peer.messages';
import { eventually } from './eventually';

export const REJECTION = {
  kind: 'reject',
  code: 'F99',
  name: 'Application Error',
  message: 'not wanted',
} as const satisfies ReceiverBehaviour;

/** Every way that a payment may go, often enough that several are under way at once. */
export const EVERY_BEHAVIOUR: readonly ReceiverBehaviour[] = [
  ...Array<ReceiverBehaviour>(5).fill({ kind: 'fulfill' }),
  ...Array<ReceiverBehaviour>(2).fill({ kind: 'delay', delayMs: 100 }),
  { kind: 'wrong-then-right' },
  REJECTION,
  REJECTION,
  { kind: 'ignore' },
];

/** As long as any connector here may hold money: a pause of the whole machine is no reason to lose a payment. */
export const MAX_HOLD_MS = 30_000;
/** Two hops take a second each. Nobody waits longer than needed for what expires, but it has to arrive before. */
export const SOON_MS = 9_000;
const LATE_MS = MAX_HOLD_MS;
const EXPIRES_IN_MS = {
  fulfill: LATE_MS,
  delay: LATE_MS,
  'wrong-then-right': LATE_MS,
  reject: LATE_MS,
  ignore: SOON_MS,
} as const;

const DELIVERS = 1_000_000;

let made = 0;

export interface OrderTerms {
  /** The receiver's account. */
  readonly to: string;
  /** What the sender pays for each unit that arrives. */
  readonly rate: number;
  readonly behaviours: readonly ReceiverBehaviour[];
  /** Default: long enough for whatever is answered, short for what is ignored. */
  readonly expiresInMs?: number;
}

/** One payment for each behaviour; all of different amounts. */
export function ordersOf({ to, rate, behaviours, expiresInMs }: OrderTerms): PaymentOrder[] {
  return behaviours.map((behaviour) => {
    const label = `payment-${++made}`;
    const delivers = DELIVERS + 997 * made;
    return {
      label,
      amount: String(Math.ceil(delivers * rate)),
      delivers: String(delivers),
      to: `${to}.${label}`,
      expiresInMs: expiresInMs ?? EXPIRES_IN_MS[behaviour.kind],
      behaviour,
    };
  });
}

export interface PaymentMade extends PaymentOutcome {
  readonly from: string;
  readonly to: string;
}

/** Who can be told to pay. */
export type Payer = Pick<HistoricPeer, 'name' | 'pay'>;

/** Sends all at once and waits until each is decided. */
export async function payAll(
  from: Payer,
  to: string,
  orders: readonly PaymentOrder[],
): Promise<PaymentMade[]> {
  const outcomes = await from.pay(orders, orders.length);
  return outcomes.map((outcome) => ({ ...outcome, from: from.name, to }));
}

/** What each payment came to, by what its receiver was asked to do; one entry for each different story. */
export function stories(payments: readonly PaymentMade[]): Record<string, string[]> {
  const told: Record<string, Set<string>> = {};
  for (const { asked, outcome, code, name } of payments) {
    const story = [outcome, code, name].filter((part) => part !== undefined).join(' ');
    (told[asked] ??= new Set()).add(story);
  }
  return Object.fromEntries(Object.entries(told).map(([asked, all]) => [asked, [...all].sort()]));
}

const TIMED_OUT = 'expired R00 Transfer Timed Out';

/**
 * What nobody answers expires, and its payer is told why, unless the machine pauses so long that the payer's own clock
 * comes first, which gives no reason: then it pays `another` one.
 */
export async function expectExpiries(
  made: () => readonly PaymentMade[],
  another: () => Promise<unknown>,
): Promise<void> {
  const told = (): string[] =>
    stories(made().filter(({ asked }) => asked === 'ignore')).ignore ?? [];
  await eventually(async () => {
    if (!told().includes(TIMED_OUT)) await another();
    for (const story of told()) expect(['expired', TIMED_OUT]).toContain(story);
    expect(told()).toContain(TIMED_OUT);
  });
}

/** The sum over those that were fulfilled. */
export function sumOf(
  payments: readonly PaymentMade[],
  share: (payment: { readonly amount: bigint; readonly delivers: bigint }) => bigint,
): bigint {
  return payments
    .filter(({ outcome }) => outcome === 'fulfilled')
    .map(({ amount, delivers }) => share({ amount: BigInt(amount), delivers: BigInt(delivers) }))
    .reduce((sum, part) => sum + part, 0n);
}

export const paid = ({ amount }: { readonly amount: bigint }): bigint => amount;
export const arrived = ({ delivers }: { readonly delivers: bigint }): bigint => delivers;
