import type { Curve } from '#domain/liquidity';
import type { HeldLedger } from './local-ledger';
import type { ExportedRoute, RoutePaths } from './route-announcement';
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

/** What a way is made of, as far as others are told of it. */
export interface WayParts {
  readonly next: HeldLedger;
  /** The curve of the pair that leads there, for others. */
  readonly head: Curve;
  /** What leads on from there; nothing where that is the destination. */
  readonly onward: LearntRoute | StaticRouteRule | undefined;
}

/** What is told of a destination where its shortest ways are these. */
export interface ExportVariant {
  readonly ways: readonly WayParts[];
  /** undefined = nothing. */
  readonly route: ExportedRoute | undefined;
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
  /** What is told of it over ledgers from which its shortest ways are the same ones. */
  variants: readonly ExportVariant[] = NONE;

  constructor(
    readonly key: string,
    /** Its place among all destinations. */
    public index: number,
  ) {}

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
