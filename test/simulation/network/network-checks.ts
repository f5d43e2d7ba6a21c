import { Violation } from './network-log';
import { drawWalk, walk } from './payment-walk';
import { type Pair, promisedPayment, reaches, worth } from './promises';
import { linkLedger, nameOf } from './simulated-connector';
import type { SimulatedNetwork } from './simulated-network';
import { distancesFrom } from './topologies';

/** Nothing leads on to whom there is no way any more. */
export function checkUnreachable(network: SimulatedNetwork, pairs: readonly Pair[]): void {
  const isReachable = new Set(pairs.map(([from, to]) => `${from} ${to}`));
  const all = network.connectors.map(({ plan }) => plan.index);
  for (const from of all) {
    for (const to of all) {
      if (from === to || isReachable.has(`${from} ${to}`)) continue;
      const payment = promisedPayment(network, [from, to], worth(network, to, 100n));
      if (payment === undefined) continue;
      const way = drawWalk(walk(network, payment));
      throw new Violation('dead-link', `${nameOf(from)} still pays ${nameOf(to)}: ${way}`);
    }
  }
}

/** What everybody has room for goes the shortest way that there is. */
export function checkWays(network: SimulatedNetwork, pairs: readonly Pair[]): void {
  const ways = network.openWays();
  const distances = new Map(
    network.connectors.map(({ plan: { index } }) => [index, distancesFrom(index, ways)]),
  );
  for (const [from, to] of pairs) {
    const made = reaches(network, [from, to]);
    const least = distances.get(from)?.get(to);
    if (made === undefined || made.hops.length - 1 === least) continue;
    throw new Violation('shortest-way', `${least} links would do: ${drawWalk(made)}`);
  }
}

/** Nobody goes by what a neighbour told that has not been heard of for longer than it may be. */
export function checkExpiry(network: SimulatedNetwork): void {
  for (const { plan, tables, attachments } of network.connectors) {
    for (const attachment of attachments.values()) {
      const { link, peer } = attachment;
      const learnt = tables.countLearntOn(linkLedger(link.index));
      if (learnt === 0 || network.isHeard(attachment)) continue;
      const message = `${nameOf(plan.index)} still holds ${learnt} routes of ${nameOf(peer.connector)}`;
      throw new Violation('expiry', message);
    }
  }
}

/** Nobody holds, or tells, more than one route to each destination over each link. */
export function checkSizes({ nowMs, connectors }: SimulatedNetwork): void {
  for (const { plan, tables, attachments } of connectors) {
    for (const { link } of attachments.values()) {
      const ledger = linkLedger(link.index);
      const told = tables.exportOver(ledger, nowMs)!.routes.size;
      const learnt = tables.countLearntOn(ledger);
      if (Math.max(told, learnt) <= connectors.length) continue;
      const message = `${nameOf(plan.index)} tells ${told} routes over link ${link.index}, and learnt ${learnt}`;
      throw new Violation('table-size', message);
    }
  }
}
