import { type Announcer, digestOf, type UnsaidReason } from './announcer';
import { UNCERTAIN } from './broadcast-memory';
import type { RoundPart } from './broadcast-round';
import type { ExportedChanges, ExportedRoute } from './exported-route';

/** What is to be told anew, and what withdrawn. */
export interface News {
  readonly routes: readonly ExportedRoute[];
  readonly withdrawn: readonly string[];
}

/** How much of an export there is, and how much of it is to be told. */
export interface NewsExtent {
  /** It is the whole export: what is not in it is no longer exported. */
  readonly isComplete: boolean;
  /** Whatever the peer knows is to be told again. */
  readonly isFull: boolean;
}

/** What a peer knows of our routes, as far as it has said so, and what it may know besides. */
export class ToldRoutes {
  private readonly digests: Map<string, string>;
  private readonly unsaidReasons = new Map<string, UnsaidReason>();

  constructor(entries: Iterable<readonly [destination: string, digest: string]>) {
    this.digests = new Map(entries);
  }

  /** Routes of the export that cannot be said to the peer, and why. */
  get unsaid(): ReadonlyMap<string, UnsaidReason> {
    return this.unsaidReasons;
  }

  get count(): number {
    return this.digests.size;
  }

  /** Destination and digest; the latter is not certain for the routes that are under way. */
  entries(underWay: readonly ExportedRoute[]): [destination: string, digest: string][] {
    const digests = new Map(this.digests);
    for (const { destination } of underWay) digests.set(destination, UNCERTAIN);
    return [...digests];
  }

  news(
    { routes, withdrawn }: ExportedChanges,
    announcer: Announcer,
    { isComplete, isFull }: NewsExtent,
  ): News {
    if (isComplete) this.unsaidReasons.clear();
    for (const destination of withdrawn) this.unsaidReasons.delete(destination);
    const sayable = routes.filter((route) => this.canSay(route, announcer));
    const said = new Set(sayable.map(({ destination }) => destination));
    const gone = isComplete
      ? this.digests.keys()
      : [...withdrawn, ...routes.map(({ destination }) => destination)];
    return {
      routes: isFull ? sayable : sayable.filter((route) => this.isNews(route, announcer)),
      withdrawn: [...gone].filter((each) => this.digests.has(each) && !said.has(each)),
    };
  }

  accepted({ update, digests }: RoundPart): void {
    for (const destination of update.unreachable) this.digests.delete(destination);
    for (const [destination, digest] of digests) this.digests.set(destination, digest);
  }

  /** The peer may have heard it: what it held must be told again, or withdrawn. */
  uncertain({ digests }: RoundPart): void {
    for (const destination of digests.keys()) this.digests.set(destination, UNCERTAIN);
  }

  private isNews(route: ExportedRoute, announcer: Announcer): boolean {
    const known = this.digests.get(route.destination);
    return known === undefined || known !== digestOf(announcer.text(route));
  }

  private canSay(route: ExportedRoute, announcer: Announcer): boolean {
    const reason = announcer.unsaidReason(route);
    if (reason === undefined) this.unsaidReasons.delete(route.destination);
    else this.unsaidReasons.set(route.destination, reason);
    return reason === undefined;
  }
}
