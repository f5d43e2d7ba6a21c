import { Counter, Gauge, type Registry } from 'prom-client';

/** What became of one broadcast of a peer. */
export type BroadcastOutcome =
  | 'accepted'
  | 'full-table-request'
  | 'flawed'
  | 'not-a-broadcast'
  | 'too-often'
  | 'unavailable'
  | 'unknown-ledger';

/** Figures that are worked out when somebody asks. */
export interface RouteFigures {
  /** Routes that are in the tables, by the peer that told them. */
  routesByPeer(): Iterable<readonly [peerId: string, routes: number]>;
}

export class BroadcastMetrics {
  private readonly updates: Counter<'outcome'>;
  private readonly skipped: Counter<'reason'>;

  constructor(registry: Registry, figures: RouteFigures) {
    this.updates = new Counter({
      name: 'causeway_router_broadcasts_heard_total',
      help: 'Broadcasts of peers about routes, by what became of them',
      labelNames: ['outcome'],
      registers: [registry],
    });
    this.skipped = new Counter({
      name: 'causeway_router_routes_skipped_total',
      help: 'Routes in accepted broadcasts that are not used, by reason',
      labelNames: ['reason'],
      registers: [registry],
    });
    exposeFigures(registry, figures);
  }

  count(outcome: BroadcastOutcome): void {
    this.updates.inc({ outcome });
  }

  /** `reason` is one of a fixed set, never a peer's words. */
  skip(reason: string): void {
    this.skipped.inc({ reason });
  }
}

function exposeFigures(registry: Registry, figures: RouteFigures): void {
  new Gauge({
    name: 'causeway_router_routes_heard',
    help: 'Routes in the tables that peers told, by peer',
    labelNames: ['peer'],
    registers: [registry],
    collect() {
      this.reset();
      for (const [peer, routes] of figures.routesByPeer()) this.set({ peer }, routes);
    },
  });
  new Gauge({
    name: 'causeway_router_table_routes',
    help: 'Routes in the tables that peers told, of all peers together',
    registers: [registry],
    collect() {
      let sum = 0;
      for (const [, routes] of figures.routesByPeer()) sum += routes;
      this.set(sum);
    },
  });
}
