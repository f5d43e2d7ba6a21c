import type { Curve } from '#domain/liquidity';
import type { HeldLedger } from './local-ledger';
import type { RoutePaths } from './route-announcement';
import type { StaticRouteRule } from './static-route';

/** A peer that tells us routes on a ledger. All of its routes live as long as it keeps talking. */
export interface Neighbour {
  readonly ledger: HeldLedger;
  /** Its account there. */
  readonly account: string;
  expiresAtMs: number;
  readonly routes: Map<string, LearntRoute>;
}

/**
 * A route as its neighbour told it, from the shared ledger on: the tail. It is kept once, whatever
 * the number of our ledgers that payments for it may come from.
 */
export interface LearntRoute {
  readonly neighbour: Neighbour;
  readonly to: Destination;
  readonly curve: Curve | undefined;
  readonly minMessageWindowS: number;
  readonly paths: RoutePaths;
  /** Ledgers from any of ours to the destination, both counted (SPEC §11.4). */
  readonly length: number;
  /** Of routes of one price the one with the least, that learnt first, is taken. */
  readonly order: number;
}

/** The combination of several heads and tails, kept while all of them stay what they are. */
export interface CombinedCurve {
  readonly parts: readonly (Curve | undefined)[];
  readonly curve: Curve | undefined;
}

const NONE: readonly never[] = [];

/** Everything that leads to one prefix: a ledger of ours, wired routes, learnt routes. */
export class Destination {
  ledger: HeldLedger | undefined;
  statics: readonly StaticRouteRule[] = NONE;
  /** Shortest first, of one length in the order of learning. */
  learnt: readonly LearntRoute[] = NONE;
  /** Revision at which any of this changed last. */
  changedAt = 0;
  /** Shared by the exports of all ledgers whose pairs have the same curves. */
  combined: CombinedCurve | undefined;

  constructor(readonly key: string) {}

  get isEmpty(): boolean {
    return this.ledger === undefined && this.statics.length === 0 && this.learnt.length === 0;
  }

  /** Puts the route where it belongs, in place of the other one if there is one. */
  put(route: LearntRoute, instead: LearntRoute | undefined): void {
    const others = this.learnt.filter((each) => each !== instead);
    const at = others.findIndex((each) => comesBefore(route, each));
    others.splice(at === -1 ? others.length : at, 0, route);
    this.learnt = others;
  }

  remove(route: LearntRoute): void {
    const left = this.learnt.filter((each) => each !== route);
    this.learnt = left.length === 0 ? NONE : left;
  }
}

function comesBefore(one: LearntRoute, other: LearntRoute): boolean {
  return one.length === other.length ? one.order < other.order : one.length < other.length;
}
