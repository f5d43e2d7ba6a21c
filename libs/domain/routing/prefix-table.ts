export interface PrefixMatch<T> {
  readonly key: string;
  readonly value: T;
}

/** One segment of the keys: what ends in it, and where they go on. Most are the last of a key. */
class Segment<T> {
  /** undefined where no key goes on. */
  next: Map<string, Segment<T>> | undefined;
  /** The key that ends here without a dot: an account. */
  account: PrefixMatch<T> | undefined;
  /** The key that ends in the dot after this segment: a prefix. */
  prefix: PrefixMatch<T> | undefined;

  get isEmpty(): boolean {
    return this.next === undefined && this.account === undefined && this.prefix === undefined;
  }
}

/**
 * Values by address prefix (SPEC §2.4). The longest key wins, the empty key matches everything, a
 * key without a final dot matches that account and what lies below it. Keys are compared segment
 * by segment, so `x.alice` never catches `x.alice2`. A look-up costs what the address has of
 * segments in common with the keys, however many keys there are.
 */
export class PrefixTable<T> {
  private readonly root = new Segment<T>();

  get(key: string): T | undefined {
    const segment = this.walk(key)?.at(-1);
    return segment === undefined ? undefined : this.slot(segment, key)?.value;
  }

  /** Replaces what the key held before. */
  set(key: string, value: T): void {
    let segment = this.root;
    for (const name of namesOf(key)) {
      segment.next ??= new Map();
      let next = segment.next.get(name);
      if (next === undefined) segment.next.set(name, (next = new Segment()));
      segment = next;
    }
    this.fill(segment, key, { key, value });
  }

  /** Nothing of a key that is gone is left, so that it no longer keeps others apart. */
  delete(key: string): void {
    const way = this.walk(key);
    const last = way?.at(-1);
    if (way === undefined || last === undefined || this.slot(last, key) === undefined) return;
    this.fill(last, key, undefined);
    const names = namesOf(key);
    for (let depth = names.length; depth > 0 && way[depth]?.isEmpty === true; depth -= 1) {
      const parent = way[depth - 1];
      parent?.next?.delete(names[depth - 1] ?? '');
      if (parent?.next?.size === 0) parent.next = undefined;
    }
  }

  /** The longest key that matches the address and whose value is accepted. */
  longestMatch(address: string, accepts: (value: T) => boolean): PrefixMatch<T> | undefined {
    return this.matches(address).find(({ value }) => accepts(value));
  }

  /** All keys that match the address, the longest first. */
  matches(address: string): PrefixMatch<T>[] {
    const found: PrefixMatch<T>[] = [];
    if (this.root.prefix !== undefined) found.push(this.root.prefix);
    let segment: Segment<T> | undefined = this.root;
    for (let from = 0; ;) {
      const dot = address.indexOf('.', from);
      segment = segment.next?.get(address.slice(from, dot === -1 ? undefined : dot));
      if (segment === undefined) break;
      if (segment.account !== undefined) found.push(segment.account);
      if (dot === -1) break;
      if (segment.prefix !== undefined) found.push(segment.prefix);
      from = dot + 1;
    }
    return found.length > 1 ? found.reverse() : found;
  }

  /**
   * The shortest prefix of the address, no shorter than the key that it matched, under which no
   * other key lies (SPEC §12.4): as far as an answer for this address holds for its neighbours.
   * The whole address if there is no such prefix.
   */
  appliesTo(matchedKey: string, address: string): string {
    let segment = this.root;
    let from = 0;
    while (from < matchedKey.length || segment.next !== undefined) {
      const dot = address.indexOf('.', from);
      if (dot === -1) return address;
      const next = segment.next?.get(address.slice(from, dot));
      from = dot + 1;
      if (next === undefined) break;
      segment = next;
    }
    return address.slice(0, from);
  }

  /** The segments from the root to the end of the key; undefined where there is no such way. */
  private walk(key: string): Segment<T>[] | undefined {
    const way = [this.root];
    for (const name of namesOf(key)) {
      const next = way.at(-1)?.next?.get(name);
      if (next === undefined) return undefined;
      way.push(next);
    }
    return way;
  }

  private slot(segment: Segment<T>, key: string): PrefixMatch<T> | undefined {
    return isPrefix(key) ? segment.prefix : segment.account;
  }

  private fill(segment: Segment<T>, key: string, match: PrefixMatch<T> | undefined): void {
    if (isPrefix(key)) segment.prefix = match;
    else segment.account = match;
  }
}

function isPrefix(key: string): boolean {
  return key === '' || key.endsWith('.');
}

function namesOf(key: string): string[] {
  if (key === '') return [];
  return (key.endsWith('.') ? key.slice(0, -1) : key).split('.');
}
