import { Counter, Gauge, type Registry } from 'prom-client';

/** What became of an update: `not-kept` and `failed` are faults of ours, the others the peer's. */
export type UpdateOutcome =
  'acknowledged' | 'refused' | 'timed-out' | 'disconnected' | 'failed' | 'not-kept';

/** What is known of the broadcasts to one peer. */
export interface PeerFigures {
  readonly peerId: string;
  readonly routes: number;
  readonly acknowledgedAtMs: number | undefined;
}

export interface AnnouncingObserved {
  readonly isLeader: boolean;
  readonly peers: readonly PeerFigures[];
  readonly nowMs: number;
}

const MS = 1_000;

/** Who broadcasts, and how that goes. */
export class AnnouncingMetrics {
  private readonly updates: Counter<'outcome'>;
  private observe: () => AnnouncingObserved = () => ({ isLeader: false, peers: [], nowMs: 0 });

  constructor(private readonly registry: Registry) {
    this.updates = new Counter({
      name: 'causeway_router_route_updates_sent_total',
      help: 'Route updates by what became of them',
      labelNames: ['outcome'],
      registers: [registry],
    });
    this.leader();
    this.perPeer('routes_told', 'Routes that the peer knows of us', ({ routes }) => routes);
    this.perPeer(
      'seconds_since_acknowledged',
      'Since the peer last acknowledged a route update of this process',
      ({ acknowledgedAtMs }, nowMs) =>
        acknowledgedAtMs === undefined ? undefined : (nowMs - acknowledgedAtMs) / MS,
    );
  }

  sent(outcome: UpdateOutcome): void {
    this.updates.inc({ outcome });
  }

  watch(observe: () => AnnouncingObserved): void {
    this.observe = observe;
  }

  private leader(): void {
    const observed = (): AnnouncingObserved => this.observe();
    new Gauge({
      name: 'causeway_router_broadcast_leader',
      help: 'Whether this process is the one that broadcasts routes',
      registers: [this.registry],
      collect() {
        this.set(observed().isLeader ? 1 : 0);
      },
    });
  }

  private perPeer(
    name: string,
    help: string,
    value: (figures: PeerFigures, nowMs: number) => number | undefined,
  ): void {
    const observed = (): AnnouncingObserved => this.observe();
    new Gauge({
      name: `causeway_router_${name}`,
      help,
      labelNames: ['peer'],
      registers: [this.registry],
      collect() {
        this.reset();
        const { peers, nowMs } = observed();
        for (const figures of peers) {
          const now = value(figures, nowMs);
          if (now !== undefined) this.set({ peer: figures.peerId }, now);
        }
      },
    });
  }
}
