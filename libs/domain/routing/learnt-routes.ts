import { Destination, type LearntRoute, type Neighbour } from './destination';
import type { Destinations } from './destinations';
import type { HeldLedger } from './local-ledger';
import { sameCurve } from './pair-book';
import {
  announcementFault,
  DIRECT,
  type ReceivedRoute,
  type RejectedRoute,
  type RouteLimits,
  type RoutePaths,
  type RouteRejectionReason,
  samePaths,
} from './route-announcement';

/** An account on a ledger of ours that tells us routes. */
export interface Teller {
  readonly ledger: HeldLedger;
  readonly account: string;
}

/** Why a route that is in order leads nowhere from our ledgers now, or undefined. */
export type DormancyCheck = (route: LearntRoute) => RouteRejectionReason | undefined;

/**
 * What neighbours told us (SPEC §11.3, §11.10). A route is kept once per neighbour and destination,
 * as its tail only; joining it to the pair that leads to the neighbour is left to whoever asks, so
 * that neither the number of our ledgers nor a change of their curves multiplies anything here.
 */
export class LearntRoutes {
  private readonly neighbours = new Map<HeldLedger, Map<string, Neighbour>>();
  private order = 0;

  constructor(
    private readonly destinations: Destinations,
    private readonly limits: RouteLimits,
    /** Called with each route that is gone, or replaced. */
    private readonly onGone: (route: LearntRoute) => void,
  ) {}

  /** The neighbour is there until then, and with it all of its routes. */
  extend(teller: Teller, expiresAtMs: number): void {
    this.neighbour(teller).expiresAtMs = expiresAtMs;
  }

  learn(
    teller: Teller,
    routes: readonly ReceivedRoute[],
    dormancy: DormancyCheck,
  ): RejectedRoute[] {
    const neighbour = this.neighbour(teller);
    const rejected: RejectedRoute[] = [];
    this.destinations.advance();
    for (const route of routes) {
      const learnt = this.learnOne(neighbour, route);
      const reason = typeof learnt === 'string' ? learnt : dormancy(learnt);
      if (reason === undefined) continue;
      const { destination } = route;
      rejected.push({ destination, reason, isKept: typeof learnt !== 'string' });
    }
    return rejected;
  }

  /** What `learn` would reject, however many routes there are already. Nothing is learnt. */
  appraise(
    teller: Teller,
    routes: readonly ReceivedRoute[],
    dormancy: DormancyCheck,
  ): RejectedRoute[] {
    const { ledger, account } = teller;
    const context = { ledgerPrefix: ledger.prefix, sender: account, limits: this.limits };
    const neighbour = { ledger, account, expiresAtMs: 0, routes: new Map<string, LearntRoute>() };
    return routes.flatMap((received) => {
      const { destination } = received;
      const fault = announcementFault(received, context);
      if (fault !== undefined) return { destination, reason: fault, isKept: false };
      const to = new Destination(destination, 0);
      const reason = dormancy(this.route({ neighbour, to, received, earlier: undefined }));
      return reason === undefined ? [] : { destination, reason, isKept: true };
    });
  }

  /** Removes the neighbour's routes to exactly these destinations. Returns how many there were. */
  withdraw(teller: Teller, destinations: readonly string[]): number {
    const neighbour = this.known(teller);
    if (neighbour === undefined) return 0;
    this.destinations.advance();
    return destinations.filter((key) => this.drop(neighbour, key)).length;
  }

  /** Removes the neighbours that have been silent for too long. Returns how many routes that were. */
  expire(nowMs: number): number {
    return this.forget(({ expiresAtMs }) => expiresAtMs <= nowMs);
  }

  countOn(ledger: HeldLedger): number {
    const neighbours = this.neighbours.get(ledger)?.values() ?? [];
    return [...neighbours].reduce((sum, { routes }) => sum + routes.size, 0);
  }

  /** Removes what was learnt on the ledger, from everybody or from one account. */
  forgetOn(ledger: HeldLedger, account?: string): number {
    return this.forget(
      (each) => each.ledger === ledger && (account === undefined || each.account === account),
    );
  }

  private forget(isGone: (neighbour: Neighbour) => boolean): number {
    const gone = [...this.neighbours.values()].flatMap((each) => [...each.values()].filter(isGone));
    if (gone.length > 0) this.destinations.advance();
    for (const neighbour of gone) {
      for (const route of neighbour.routes.values()) this.take(route);
      this.neighbours.get(neighbour.ledger)?.delete(neighbour.account);
    }
    return gone.reduce((sum, { routes }) => sum + routes.size, 0);
  }

  private learnOne(
    neighbour: Neighbour,
    received: ReceivedRoute,
  ): LearntRoute | RouteRejectionReason {
    const { account, ledger, routes } = neighbour;
    const context = { ledgerPrefix: ledger.prefix, sender: account, limits: this.limits };
    const fault = announcementFault(received, context);
    // What the neighbour said before of this destination no longer holds either.
    if (fault === 'loop') this.drop(neighbour, received.destination);
    if (fault !== undefined) return fault;
    const earlier = routes.get(received.destination);
    if (earlier === undefined && routes.size >= this.limits.routesPerPeer) return 'too-many-routes';
    if (earlier !== undefined && saysTheSame(earlier, received)) return earlier;
    const to = this.destinations.touch(received.destination);
    const route = this.route({ neighbour, to, received, earlier });
    to.put(route, earlier);
    if (earlier !== undefined) this.onGone(earlier);
    routes.set(to.key, route);
    return route;
  }

  /** A route that replaces another one keeps its place in the order of learning. */
  private route(parts: {
    readonly neighbour: Neighbour;
    readonly to: Destination;
    readonly received: ReceivedRoute;
    readonly earlier: LearntRoute | undefined;
  }): LearntRoute {
    const { neighbour, to, received, earlier } = parts;
    const { curve, minMessageWindowS } = received;
    const paths = isDirect(received.paths) ? DIRECT : received.paths;
    const longest = Math.max(...paths.map((path) => path.length));
    return {
      neighbour,
      to,
      curve: curve === 'invalid' ? undefined : curve,
      minMessageWindowS,
      paths,
      length: 3 + longest,
      order: earlier?.order ?? ++this.order,
    };
  }

  private drop(neighbour: Neighbour, destination: string): boolean {
    const route = neighbour.routes.get(destination);
    if (route === undefined) return false;
    neighbour.routes.delete(destination);
    this.take(route);
    return true;
  }

  private take(route: LearntRoute): void {
    route.to.remove(route);
    this.onGone(route);
    this.destinations.shed(route.to);
  }

  private known({ ledger, account }: Teller): Neighbour | undefined {
    return this.neighbours.get(ledger)?.get(account);
  }

  private neighbour({ ledger, account }: Teller): Neighbour {
    let accounts = this.neighbours.get(ledger);
    if (accounts === undefined) {
      accounts = new Map<string, Neighbour>();
      this.neighbours.set(ledger, accounts);
    }
    let neighbour = accounts.get(account);
    if (neighbour === undefined) {
      neighbour = { ledger, account, expiresAtMs: 0, routes: new Map() };
      accounts.set(account, neighbour);
    }
    return neighbour;
  }
}

/** Repetitions change nothing, so that nothing has to be told anew because of them. */
function saysTheSame(
  { curve, minMessageWindowS, paths }: LearntRoute,
  received: ReceivedRoute,
): boolean {
  if (received.minMessageWindowS !== minMessageWindowS) return false;
  const same =
    curve === undefined || received.curve === undefined || received.curve === 'invalid'
      ? curve === received.curve
      : sameCurve(curve, received.curve);
  return same && samePaths(paths, received.paths);
}

function isDirect(paths: RoutePaths): boolean {
  return paths.every((path) => path.length === 0);
}
