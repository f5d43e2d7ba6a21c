import { Destination } from './destination';
import { PrefixTable } from './prefix-table';

/** All destinations, and a number that grows with each change of the tables. */
export class Destinations {
  private readonly table = new PrefixTable<Destination>();
  private current = 0;

  /** Number of the latest change. */
  get revision(): number {
    return this.current;
  }

  get size(): number {
    return this.table.size;
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
      destination = new Destination(key);
      this.table.set(key, destination);
    }
    destination.changedAt = this.current;
    return destination;
  }

  /** Something of the destination is gone: marks it, and drops it if nothing is left. */
  shed(destination: Destination): void {
    destination.changedAt = this.current;
    if (destination.isEmpty) this.table.delete(destination.key);
  }

  /** The destinations whose keys the address matches, the longest first. */
  matches(address: string): Destination[] {
    return this.table.matches(address).map(({ value }) => value);
  }

  get(key: string): Destination | undefined {
    return this.table.get(key);
  }

  forEach(visit: (destination: Destination) => void): void {
    this.table.forEach(visit);
  }

  /** SPEC §12.4. */
  appliesTo(matchedKey: string, address: string): string {
    return this.table.appliesTo(matchedKey, address);
  }
}
