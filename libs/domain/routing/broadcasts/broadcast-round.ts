import type { RoutingUpdate } from '#protocol';
import { type Announcer, digestOf } from './announcer';
import type { ExportedRoute } from './exported-route';

/** What is to be told in one go, in as many updates as it takes. */
export interface RoundContent {
  readonly withdrawn: readonly string[];
  readonly routes: readonly ExportedRoute[];
  readonly requestFullTable: boolean;
  /** Whether it is all there is, regardless of what the peer knew. */
  readonly isFull: boolean;
  /** Of the export that it brings the peer up to. */
  readonly revision: number;
}

/** One update of a round. */
export interface RoundPart {
  readonly update: RoutingUpdate;
  /** Of what each of its routes says, by destination. */
  readonly digests: ReadonlyMap<string, string>;
}

/**
 * Deals what is to be told out into updates within the size limit: withdrawals first, one update at
 * least. Each update is only put together when it is asked for.
 */
export class BroadcastRound {
  private withdrawnFrom = 0;
  private routesFrom = 0;
  private parts = 0;

  constructor(
    readonly content: RoundContent,
    readonly announcer: Announcer,
  ) {}

  /** Undefined when all is told. */
  next(): RoundPart | undefined {
    const { withdrawn, routes, requestFullTable } = this.content;
    const isOver = this.withdrawnFrom >= withdrawn.length && this.routesFrom >= routes.length;
    if (isOver && this.parts > 0) return undefined;
    const [firstWithdrawn, firstRoute] = [this.withdrawnFrom, this.routesFrom];
    const room = this.takeWithdrawals(this.announcer.room);
    const digests = this.takeRoutes(room);
    this.parts += 1;
    const update = this.announcer.update({
      withdrawn: withdrawn.slice(firstWithdrawn, this.withdrawnFrom),
      routes: routes.slice(firstRoute, this.routesFrom),
      requestFullTable: requestFullTable && this.parts === 1,
    });
    return { update, digests };
  }

  /** Returns what room is left. */
  private takeWithdrawals(room: number): number {
    const { withdrawn } = this.content;
    let left = room;
    for (; this.withdrawnFrom < withdrawn.length; this.withdrawnFrom += 1) {
      // Quotation marks and a comma; addresses hold nothing that JSON escapes.
      const size = (withdrawn[this.withdrawnFrom]?.length ?? 0) + 3;
      if (size > left && left < room) return 0;
      left -= size;
    }
    return left;
  }

  private takeRoutes(room: number): ReadonlyMap<string, string> {
    const digests = new Map<string, string>();
    let left = room;
    for (const route of this.remainingRoutes()) {
      const text = this.announcer.text(route);
      left -= Buffer.byteLength(text) + 1;
      // One at least, or there would be no end to it.
      if (left < 0 && (digests.size > 0 || room < this.announcer.room)) break;
      digests.set(route.destination, digestOf(text));
      this.routesFrom += 1;
    }
    return digests;
  }

  private *remainingRoutes(): Iterable<ExportedRoute> {
    const { routes } = this.content;
    for (let at = this.routesFrom; at < routes.length; at += 1) {
      const route = routes[at];
      if (route !== undefined) yield route;
    }
  }
}
