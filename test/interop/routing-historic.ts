import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { Curve } from '../../libs/domain/liquidity';

/** ilp-routing 10, as far as it is compared. */

export interface HistoricRoute {
  readonly source_ledger: string;
  readonly destination_ledger: string;
  readonly source_account: string;
  readonly destination_account?: string;
  readonly min_message_window: number;
  readonly points: readonly (readonly [number, number])[] | undefined;
  readonly paths?: readonly (readonly string[])[];
}

/** What it finds: the next hop, and what it brings or costs as decimal text. */
export interface HistoricHop {
  readonly bestHop: string;
  readonly bestValue?: string;
  readonly bestCost?: string;
  readonly bestRoute: { readonly nextLedger: string; maxPathLength(): number };
}

export interface HistoricTables {
  addRoute(route: HistoricRoute): boolean;
  findBestHopForSourceAmount(from: string, to: string, amount: string): HistoricHop | undefined;
  findBestHopForDestinationAmount(
    from: string,
    to: string,
    amount: string,
  ): HistoricHop | undefined;
}

interface HistoricModule {
  readonly RoutingTables: new (
    localRoutes: readonly HistoricRoute[],
    expiryMs: number,
  ) => HistoricTables;
}

const { RoutingTables } = createRequire(join(__dirname, 'package.json'))(
  'ilp-routing',
) as HistoricModule;

export function historicTables(localRoutes: readonly HistoricRoute[]): HistoricTables {
  return new RoutingTables(localRoutes, 45_000);
}

/** Amounts of these tests are far below what a double holds exactly. */
export function historicPoints(curve: Curve): [number, number][] {
  return curve.points.map(([x, y]) => [Number(x), Number(y)]);
}
