import type { Curve } from '#domain/liquidity';
import { deliveredBy, sourceAmountFor } from '#domain/routing';
import type { Dice } from '../../fuzz/dice';
import { Violation } from './network-log';
import { unitsIn, unitsOf } from './network-plan';
import { drawWalk, MOST_CONNECTORS, type Payment, type Walk, walk } from './payment-walk';
import {
  type Attachment,
  LEAF,
  leafPrefix,
  linkLedger,
  linkPrefix,
  nameOf,
} from './simulated-connector';
import type { SimulatedNetwork } from './simulated-network';
import { distancesFrom } from './topologies';

/*
 * What the tables promise. A quote, and a curve that was told, are promises of what a source amount brings. They are
 * exact: each connector's own rounding is paid for by the unit by which what it tells is shifted (SPEC §10.7). Two
 * things may take from it (SPEC §3.4, §10.3):
 *  - a connector that has several ways compares what they bring for whole units of their next ledgers, so that the one
 *    taken may bring less than the one that was told of, by what one such unit is worth;
 *  - a curve of which not all points are told may lie above the original, here by a thousandth at most.
 * Curves end. Whoever is given as much as he told of, or more, may take a longer way, which he told nobody (D-29, D-30),
 * and which may lead back; what he promised still arrives. A payment of less never meets a connector twice.
 */

/** Two connectors, the first of which can pay to the second one's ledger. */
export type Pair = readonly [from: number, to: number];

/** What simplifying may add to a promise. */
const SIMPLIFIED = 1_000n;

/** Which destinations there are ways to, by the links alone. */
export function reachablePairs(network: SimulatedNetwork): Pair[] {
  return pairsWithin(network, Infinity);
}

/** Those that a payment has time for. */
export function payablePairs(network: SimulatedNetwork): Pair[] {
  return pairsWithin(network, MOST_CONNECTORS - 1);
}

function pairsWithin(network: SimulatedNetwork, mostLinks: number): Pair[] {
  const ways = network.openWays();
  return network.connectors.flatMap(({ plan: { index: from } }) =>
    [...distancesFrom(from, ways)]
      .filter(([to, links]) => to !== from && links <= mostLinks)
      .map(([to]): Pair => [from, to]),
  );
}

/** The payment of so much, for the least that its first connector asks; undefined = no promise. */
export function promisedPayment(
  network: SimulatedNetwork,
  [from, to]: Pair,
  wanted: bigint,
): Payment | undefined {
  const route = network.connectors[from]!.tables.routeFor({
    sourceLedgerId: LEAF,
    destination: `${leafPrefix(to)}alice`,
    nowMs: network.nowMs,
    destinationAmount: wanted,
  });
  if (route?.kind !== 'local' && route?.kind !== 'learnt') return undefined;
  const amount = sourceAmountFor(route, wanted);
  return amount === undefined ? undefined : { from, over: LEAF, to, amount, wanted };
}

/** So many dollars on the ledger of a connector. */
export function worth(network: SimulatedNetwork, connector: number, dollars: bigint): bigint {
  return unitsOf(dollars, network.plan.connectors[connector]!);
}

/** A hundred dollars: what any link has room for. */
export function reaches(network: SimulatedNetwork, pair: Pair): Walk | undefined {
  const payment = promisedPayment(network, pair, worth(network, pair[1], 100n));
  return payment === undefined ? undefined : walk(network, payment);
}

export function hasRoute(network: SimulatedNetwork, pair: Pair): boolean {
  return promisedPayment(network, pair, worth(network, pair[1], 100n)) !== undefined;
}

/** It arrived where it was to, and met nobody twice. */
export function isDelivered(made: Walk | undefined, to: number): boolean {
  return made?.end.kind === 'delivered' && made.end.at === to && !made.returned;
}

/** What is quoted is paid: an amount that is to arrive, and whatever an amount brings. */
export function checkPayments(
  network: SimulatedNetwork,
  pairs: readonly Pair[],
  dice: Dice,
): number {
  let checked = 0;
  for (const pair of pairs) {
    const dollars = dice.once(3) ? 100n + BigInt(dice.roll(1_000_000)) : 100n;
    const wanted = worth(network, pair[1], dollars);
    const payment = promisedPayment(network, pair, wanted);
    if (payment === undefined) continue;
    requireKept(network, payment, wanted);
    const whatever = { ...payment, wanted: undefined };
    requireKept(network, whatever, broughtBy(network, whatever));
    checked += 2;
  }
  return checked;
}

/** What its first connector answers who asks what the amount brings. */
function broughtBy({ connectors, nowMs }: SimulatedNetwork, payment: Payment): bigint {
  const { from, over: sourceLedgerId, to, amount: sourceAmount } = payment;
  const destination = `${leafPrefix(to)}alice`;
  const route = connectors[from]!.tables.routeFor({
    sourceLedgerId,
    destination,
    nowMs,
    sourceAmount,
  });
  return route?.kind === 'local' || route?.kind === 'learnt'
    ? deliveredBy(route, sourceAmount)
    : 0n;
}

/** What was told of each curve, at its points and between them, is what its teller brings. */
export function checkCurves(network: SimulatedNetwork, dice: Dice): number {
  let checked = 0;
  for (const attachment of heardNow(network)) {
    for (const { plan } of network.connectors) {
      const curve = attachment.heard.get(leafPrefix(plan.index));
      if (curve === undefined || !dice.once(4)) continue;
      const least = worth(network, plan.index, 100n);
      const [, y] = dice.pick(curve.points);
      for (const wanted of [least, y, least + (y * BigInt(dice.roll(1_000))) / 1_000n]) {
        const amount = wanted < least ? undefined : curve.minSourceFor(wanted);
        if (amount === undefined) continue;
        checkCurve(network, { attachment, to: plan.index, curve, amount });
        checked += 1;
      }
    }
  }
  return checked;
}

/** Links over which what was heard still counts. */
function heardNow(network: SimulatedNetwork): Attachment[] {
  const all = network.connectors.flatMap(({ attachments }) => [...attachments.values()]);
  return all.filter((each) => network.isHeard(each));
}

interface ToldCurve {
  /** Of whoever heard it. */
  readonly attachment: Attachment;
  readonly to: number;
  readonly curve: Curve;
  readonly amount: bigint;
}

function checkCurve(network: SimulatedNetwork, { attachment, to, curve, amount }: ToldCurve): void {
  const { peer, link } = attachment;
  const payment = { from: peer.connector, over: linkLedger(link.index), to, amount };
  requireKept(network, payment, curve.amountAt(amount));
}

function requireKept(network: SimulatedNetwork, payment: Payment, promised: bigint): void {
  const made = walk(network, payment);
  if (made.returned && !made.isBeyond) throw new Violation('no-loop', drawWalk(made));
  const { end } = made;
  // What is promised is an amount; how far its time takes a payment is another matter.
  if (end.kind === 'refused' && made.hops.length > MOST_CONNECTORS) return;
  const arrived = end.kind === 'delivered' && end.at === payment.to ? end.amount : 0n;
  if (arrived >= promised) return;
  const loss = lossOn(network, made, payment.to) + simplifiedBy(network, promised);
  const least = payment.wanted ?? promised - loss;
  if (arrived >= least) return;
  const what = `${nameOf(payment.from)} promised ${promised} at ${nameOf(payment.to)}`;
  throw new Violation('promise-kept', `${what}, at least ${least}: ${drawWalk(made)}`);
}

/** Where there is a choice, one unit of the next ledger that is worth most at the destination. */
function lossOn({ plan, connectors, nowMs }: SimulatedNetwork, { hops }: Walk, to: number): bigint {
  const unitOf = (prefix: string): bigint => {
    const link = plan.links.find(({ index }) => linkPrefix(index) === prefix);
    return link === undefined ? 0n : unitsIn(1n, link, plan.connectors[to]!);
  };
  return hops.reduce((loss, { connector, over: from, amount }) => {
    const question = { from, to: `${leafPrefix(to)}alice`, nowMs, amount };
    const { ways } = connectors[connector]!.tables.explain(question);
    if (ways.length < 2) return loss;
    const units = ways.map(({ nextPrefix }) => unitOf(nextPrefix));
    return loss + units.reduce((most, unit) => (unit > most ? unit : most));
  }, 0n);
}

function simplifiedBy({ plan }: SimulatedNetwork, promised: bigint): bigint {
  return plan.hasAllPoints ? 0n : promised / SIMPLIFIED;
}
