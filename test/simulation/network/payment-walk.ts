import { planAtOnce } from '../../support/at-once';
import { encodeIlp } from '#protocol';
import { LEAF, leafPrefix, nameOf, WINDOW_MS } from './simulated-connector';
import type { SimulatedNetwork } from './simulated-network';

const SECRET = Buffer.alloc(32, 7);
const MAX_HOLD_MS = 10_000;
/** Each takes its window off the time that is left; whoever has none to give refuses (SPEC §13.4). */
export const MOST_CONNECTORS = MAX_HOLD_MS / WINDOW_MS;
const SLIPPAGE_PPM = 1_000n;

/** A payment as it is handed to its first connector. */
export interface Payment {
  readonly from: number;
  /** The ledger there that it comes in on. */
  readonly over: string;
  readonly to: number;
  readonly amount: bigint;
  /** What is to arrive; undefined = whatever arrives. */
  readonly wanted?: bigint | undefined;
}

export interface Hop {
  readonly connector: number;
  /** What came in, and over which ledger. */
  readonly over: string;
  readonly amount: bigint;
}

/** What became of it: every connector decides by its own tables. */
export interface Walk {
  readonly hops: readonly Hop[];
  readonly end:
    | { readonly kind: 'delivered'; readonly at: number; readonly amount: bigint }
    | { readonly kind: 'refused'; readonly code: string; readonly message: string }
    /** It went out over a link on which nothing arrives. */
    | { readonly kind: 'lost'; readonly link: number };
  /** It came to a connector where it had been before. */
  readonly returned: boolean;
  /** Somebody was given as much as he told of, or more. */
  readonly isBeyond: boolean;
}

/** Sends a payment hop by hop, at one moment. Its time alone bounds its hops. */
export function walk(network: SimulatedNetwork, payment: Payment): Walk {
  const account = `${leafPrefix(payment.to)}alice`;
  const data = Buffer.alloc(0);
  const { wanted: amount } = payment;
  const packet = encodeIlp(
    amount === undefined
      ? { type: 'forwarded-payment', account, data }
      : { type: 'payment', amount, account, data },
  );
  const hops: Hop[] = [];
  let at: Hop = { connector: payment.from, over: payment.over, amount: payment.amount };
  let expiresAtMs = network.nowMs + MAX_HOLD_MS + WINDOW_MS;
  const visited = new Set<number>();
  let returned = false;
  let isBeyond = false;
  for (;;) {
    returned ||= visited.has(at.connector);
    visited.add(at.connector);
    hops.push(at);
    const plan = planAtOnce(network.connectors[at.connector]!.tables, {
      ledgerId: at.over,
      transferId: 'b4c838f6-80b1-47f8-a82e-b1fcfbed89d5',
      amount: at.amount,
      expiresAtMs,
      packet,
      nowMs: network.nowMs,
      secret: SECRET,
      settings: {
        connectorAddress: nameOf(at.connector),
        slippagePpm: SLIPPAGE_PPM,
        minMessageWindowMs: WINDOW_MS,
        maxHoldTimeMs: MAX_HOLD_MS,
      },
    });
    if (plan.kind === 'refuse') {
      return {
        hops,
        returned,
        isBeyond,
        end: { kind: 'refused', code: plan.code, message: plan.message },
      };
    }
    if (plan.ledgerId === LEAF) {
      const end = { kind: 'delivered', at: at.connector, amount: plan.amount } as const;
      return { hops, returned, isBeyond, end };
    }
    const link = Number(plan.ledgerId.slice(1));
    const { isUp, isSilent } = network.lines[link]!;
    if (!isUp || isSilent) return { hops, returned, isBeyond, end: { kind: 'lost', link } };
    expiresAtMs = plan.expiresAtMs;
    const told = network.attachment(at.connector, link).heard.get(leafPrefix(payment.to));
    isBeyond ||= told !== undefined && plan.amount >= told.maxSource;
    at = {
      connector: network.other(at.connector, link),
      over: plan.ledgerId,
      amount: plan.amount,
    };
  }
}

/** For a message: `c1 -(leaf 500)-> c4 -(l3 498)-> ...`. */
export function drawWalk({ hops, end }: Walk): string {
  const way = hops.map(({ connector, over, amount }) => `${over} ${amount} > ${nameOf(connector)}`);
  const result =
    end.kind === 'delivered'
      ? `delivered ${end.amount} at ${nameOf(end.at)}`
      : end.kind === 'lost'
        ? `lost on link ${end.link}`
        : `refused with ${end.code} (${end.message})`;
  return `${way.join(' > ')}: ${result}`;
}
