import { Curve } from '../../libs/domain/liquidity';
import {
  type LedgerFacts,
  type ReceivedRoute,
  RoutingTables,
  type RoutingRules,
} from '../../libs/domain/routing';
import type { HistoricRoute } from '../../test/interop/routing-historic';

/*
 * The network of this benchmark: a connector with some ledgers, a peer on each, and destinations
 * that the peers announce, each of them by two peers with curves of several points.
 */

/** Moment at which everything was announced. */
export const NOW = 1_700_000_000_000;
const HOLD = { holdDownMs: 45_000, nowMs: NOW };
export const RULES: RoutingRules = { spreadPpm: 0n, minMessageWindowMs: 1000, staticRoutes: [] };
const POINTS = 4;

const prefixOf = (index: number): string => `test.ledger${index}.`;

export const ledgerIdOf = (index: number): string => `ledger-${index}`;

export function ledgersOf(count: number): LedgerFacts[] {
  return Array.from({ length: count }, (_, index) => ({
    ledgerId: ledgerIdOf(index),
    prefix: prefixOf(index),
    currencyScale: 9,
    account: 'us',
    peerAccount: 'peer',
  }));
}

/** Fifty countries of as many regions as it takes, and in them banks. */
export function destinationOf(index: number): string {
  return `g.country${index % 50}.region${Math.floor(index / 50) % 40}.bank${index}.`;
}

/** Points whose amounts differ from route to route. */
function pointsOf(index: number, change = 0): [number, number][] {
  const step = 1000 + (index % 97);
  return Array.from({ length: POINTS }, (_, at): [number, number] => [
    at * step,
    at * step - at * at * (1 + (index % 7)) + change * at,
  ]);
}

/** What the peer on a ledger announces; the curves are others for another change. */
export function announced(
  ledger: number,
  { from = 0, count, change = 0 }: { from?: number; count: number; change?: number },
): ReceivedRoute[] {
  return Array.from({ length: count }, (_, offset) => {
    const index = from + offset;
    return {
      destination: destinationOf(index),
      sourceLedger: prefixOf(ledger),
      sourceAccount: `${prefixOf(ledger)}peer`,
      minMessageWindowS: 1,
      curve: Curve.of(
        pointsOf(index + ledger, change).map(([x, y]) => [BigInt(x), BigInt(y)] as const),
      ),
      paths: [[]],
    };
  });
}

export function learn(tables: RoutingTables, ledger: number, routes: ReceivedRoute[]): void {
  const teller = { ledgerId: ledgerIdOf(ledger), account: `${prefixOf(ledger)}peer` };
  const [rejected] = tables.learn(teller, routes, HOLD);
  if (rejected !== undefined) throw new Error(`${rejected.destination}: ${rejected.reason}`);
}

/** Payments come from ledger 0; the peers on 1 and 2 lead to every destination. */
export function tablesOf(destinations: number, ledgers = 3): RoutingTables {
  const tables = RoutingTables.build(ledgersOf(ledgers), RULES);
  for (const ledger of [1, 2]) learn(tables, ledger, announced(ledger, { count: destinations }));
  return tables;
}

/** The pairs of the same connector for ilp-routing. */
export function historicPairs(ledgers: number): HistoricRoute[] {
  const all = Array.from({ length: ledgers }, (_, index) => index);
  return all.flatMap((from) =>
    all
      .filter((to) => to !== from)
      .map((to) => ({
        source_ledger: prefixOf(from),
        destination_ledger: prefixOf(to),
        source_account: `${prefixOf(from)}us`,
        destination_account: `${prefixOf(to)}us`,
        min_message_window: 1,
        points: [
          [0, 0],
          [1e14, 1e14],
        ] as const,
      })),
  );
}

export function historicAnnounced(ledger: number, count: number): HistoricRoute[] {
  return Array.from({ length: count }, (_, index) => ({
    source_ledger: prefixOf(ledger),
    destination_ledger: destinationOf(index),
    source_account: `${prefixOf(ledger)}peer`,
    min_message_window: 1,
    points: pointsOf(index + ledger),
  }));
}

/** Addresses among the destinations, in an order that no cache knows. */
export function addressesAmong(destinations: number, count: number): string[] {
  return Array.from({ length: count }, (_, turn) => {
    const index = Number((BigInt(turn) * 2_654_435_761n) % BigInt(destinations));
    return `${destinationOf(index)}carl.invoice${turn}`;
  });
}
