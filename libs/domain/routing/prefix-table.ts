export interface PrefixMatch<T> {
  readonly key: string;
  readonly value: T;
}

/** One segment of the keys: what ends in it, and where they go on. Most are the last of a key. */
class Segment<T> {
  /** undefined where no key goes on. */
  next: Map<string, Segment<T>> | undefined;
  /** Of the key that ends here without a dot: an account. */
  account: T | undefined;
  /** Of the key that ends in the dot after this segment: a prefix. */
  prefix: T | undefined;

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

  get isEmpty(): boolean {
    return this.root.isEmpty;
  }

  get(key: string): T | undefined {
    const segment = this.walk(key)?.at(-1);
    return segment === undefined ? undefined : slotOf(segment, key);
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
    fill(segment, key, value);
  }

  /** Nothing of a key that is gone is left, so that it no longer keeps others apart. */
  delete(key: string): void {
    const way = this.walk(key);
    const last = way?.at(-1);
    if (way === undefined || last === undefined || slotOf(last, key) === undefined) return;
    fill(last, key, undefined);
    const names = namesOf(key);
    for (let depth = names.length; depth > 0 && way[depth]?.isEmpty === true; depth -= 1) {
      const parent = way[depth - 1];
      parent?.next?.delete(names[depth - 1] ?? '');
      if (parent?.next?.size === 0) parent.next = undefined;
    }
  }

  /** The longest key that matches the address, and what it holds. */
  longestMatch(address: string): PrefixMatch<T> | undefined {
    let best: PrefixMatch<T> | undefined;
    this.visit(address, (value, length) => {
      best = { key: address.slice(0, length), value };
    });
    return best;
  }

  /** What all keys hold that match the address, the longest first. */
  matches(address: string): T[] {
    const found: T[] = [];
    this.visit(address, (value) => found.push(value));
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

  /** What the matching keys hold, with the lengths of these keys, the shortest first. */
  private visit(address: string, found: (value: T, length: number) => void): void {
    if (this.root.prefix !== undefined) found(this.root.prefix, 0);
    let segment: Segment<T> | undefined = this.root;
    for (let from = 0, isLast = false; !isLast;) {
      const dot = address.indexOf('.', from);
      isLast = dot === -1;
      const end = isLast ? address.length : dot;
      segment = segment.next?.get(address.slice(from, end));
      if (segment === undefined) return;
      if (segment.account !== undefined) found(segment.account, end);
      from = end + 1;
      if (segment.prefix !== undefined && !isLast) found(segment.prefix, from);
    }
  }
}

function slotOf<T>(segment: Segment<T>, key: string): T | undefined {
  return isPrefix(key) ? segment.prefix : segment.account;
}

function fill<T>(segment: Segment<T>, key: string, value: T | undefined): void {
  if (isPrefix(key)) segment.prefix = value;
  else segment.account = value;
}

function isPrefix(key: string): boolean {
  return key === '' || key.endsWith('.');
}

function namesOf(key: string): string[] {
  if (key === '') return [];
  return (key.endsWith('.') ? key.slice(0, -1) : key).split('.');
}
