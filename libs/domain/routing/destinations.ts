import { Destination } from './destination';
import { PrefixTable } from './prefix-table';

/** All destinations, and a number that grows with each change of the tables. */
export class Destinations {
  private readonly table = new PrefixTable<Destination>();
  /** The same, to go through: at its own index each. */
  private readonly all: Destination[] = [];
  /** Destinations that are gone and when they went, the latest of them, oldest first. */
  private readonly gone = new Map<string, number>();
  private current = 0;
  private goneKnownSince = 0;

  /** `goneKept`: how many destinations that are gone are remembered. */
  constructor(private readonly goneKept: number) {}

  /** Number of the latest change. */
  get revision(): number {
    return this.current;
  }

  get size(): number {
    return this.all.length;
  }

  /** Begins another change: whatever is touched from here on has its number. */
  advance(): number {
    this.current += 1;
    return this.current;
  }

  /** The destination of that very key, made if there is none yet; it is about to change. */
  touch(key: string): Destination {
    let destination = this.table.get(key);
    if (destination === undefined) {
      destination = new Destination(key, this.all.length);
      this.all.push(destination);
      this.table.set(key, destination);
    }
    this.mark(destination);
    return destination;
  }

  /** Something of the destination is gone: marks it, and drops it if nothing is left. */
  shed(destination: Destination): void {
    this.mark(destination);
    if (!destination.isEmpty || this.all[destination.index] !== destination) return;
    this.table.delete(destination.key);
    this.remember(destination.key);
    const last = this.all.pop();
    if (last === undefined || last === destination) return;
    this.all[destination.index] = last;
    last.index = destination.index;
  }

  /** What went after the revision; undefined where that is not known any more. */
  goneSince(revision: number): string[] | undefined {
    if (revision < this.goneKnownSince) return undefined;
    return [...this.gone].filter(([, at]) => at > revision).map(([key]) => key);
  }

  has(key: string): boolean {
    return this.get(key) !== undefined;
  }

  get(key: string): Destination | undefined {
    return this.table.get(key);
  }

  private remember(key: string): void {
    this.gone.delete(key);
    this.gone.set(key, this.current);
    if (this.gone.size <= this.goneKept) return;
    for (const [oldest, at] of this.gone) {
      this.gone.delete(oldest);
      this.goneKnownSince = at;
      return;
    }
  }

  private mark(destination: Destination): void {
    destination.changedAt = this.current;
    destination.variants = [];
  }

  /** The destinations whose keys the address matches, the longest first. */
  matches(address: string): Destination[] {
    return this.table.matches(address);
  }

  forEach(visit: (destination: Destination) => void): void {
    this.all.forEach(visit);
  }

  /** SPEC §12.4. */
  appliesTo(matchedKey: string, address: string): string {
    return this.table.appliesTo(matchedKey, address);
  }
}
