import { Destination } from './destination';
import { PrefixTable } from './prefix-table';

/** All destinations, and a number that grows with each change of the tables. */
export class Destinations {
  private readonly table = new PrefixTable<Destination>();
  /** The same, to go through: at its own index each. */
  private readonly all: Destination[] = [];
  private current = 0;

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
    const last = this.all.pop();
    if (last === undefined || last === destination) return;
    this.all[destination.index] = last;
    last.index = destination.index;
  }

  private mark(destination: Destination): void {
    destination.changedAt = this.current;
    destination.variants = [];
  }

  /** The destinations whose keys the address matches, the longest first. */
  matches(address: string): Destination[] {
    return this.table.matches(address).map(({ value }) => value);
  }

  forEach(visit: (destination: Destination) => void): void {
    this.all.forEach(visit);
  }

  /** SPEC §12.4. */
  appliesTo(matchedKey: string, address: string): string {
    return this.table.appliesTo(matchedKey, address);
  }
}
