import { createRequire } from 'node:module';
import { inRepository } from '../../apps/causeway/src/demo/repository';

/** A route as ilp-routing reads it. */
export interface HistoricRoute {
  readonly source_ledger: string;
  readonly destination_ledger: string;
  readonly source_account: string;
  readonly destination_account?: string;
  readonly min_message_window: number;
  readonly points: readonly (readonly [number, number])[];
}

/** What this benchmark uses of ilp-routing's RoutingTables. */
export interface HistoricTables {
  addRoute(route: HistoricRoute): boolean;
  findBestHopForSourceAmount(
    source: string,
    destination: string,
    amount: string,
  ): { readonly bestHop: string; readonly bestValue: string } | undefined;
}

interface HistoricModule {
  readonly RoutingTables: new (
    localRoutes: readonly HistoricRoute[],
    expiryMs: number,
  ) => HistoricTables;
}

/**
 * ilp-routing, of the interop suite's own packages.
 * @throws Error if they are not installed
 */
export function historicTables(localRoutes: readonly HistoricRoute[]): HistoricTables {
  const load = createRequire(inRepository('test', 'interop', 'package.json'));
  const { RoutingTables } = load('ilp-routing') as HistoricModule;
  return new RoutingTables(localRoutes, 45_000);
}
