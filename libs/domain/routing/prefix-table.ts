export interface PrefixMatch<T> {
  readonly key: string;
  readonly value: T;
}

/** One segment of the keys: what ends in it, and where they go on. */
class Segment<T> {
  readonly next = new Map<string, Segment<T>>();
  /** The key that ends here without a dot: an account. */
  account: PrefixMatch<T> | undefined;
  /** The key that ends in the dot after this segment: a prefix. */
  prefix: PrefixMatch<T> | undefined;
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
    return this.slot(key)?.value;
  }

  /** Replaces what the key held before. */
  set(key: string, value: T): void {
    const match = { key, value };
    if (key === '') {
      this.root.prefix = match;
      return;
    }
    const isPrefix = key.endsWith('.');
    let segment = this.root;
    for (const name of (isPrefix ? key.slice(0, -1) : key).split('.')) {
      let next = segment.next.get(name);
      if (next === undefined) segment.next.set(name, (next = new Segment()));
      segment = next;
    }
    if (isPrefix) segment.prefix = match;
    else segment.account = match;
  }

  /** The longest key that matches the address and whose value is accepted. */
  longestMatch(address: string, accepts: (value: T) => boolean): PrefixMatch<T> | undefined {
    let best = accepted(this.root.prefix, accepts);
    let segment = this.root;
    let from = 0;
    for (;;) {
      const dot = address.indexOf('.', from);
      const next = segment.next.get(address.slice(from, dot === -1 ? undefined : dot));
      if (next === undefined) return best;
      best = accepted(next.account, accepts) ?? best;
      if (dot === -1) return best;
      best = accepted(next.prefix, accepts) ?? best;
      segment = next;
      from = dot + 1;
    }
  }

  /**
   * The shortest prefix of the address, no shorter than the key that it matched, under which no
   * other key lies (SPEC §12.4): as far as an answer for this address holds for its neighbours.
   * The whole address if there is no such prefix.
   */
  appliesTo(matchedKey: string, address: string): string {
    let segment = this.root;
    let from = 0;
    while (from < matchedKey.length || segment.next.size > 0) {
      const dot = address.indexOf('.', from);
      if (dot === -1) return address;
      const next = segment.next.get(address.slice(from, dot));
      from = dot + 1;
      if (next === undefined) break;
      segment = next;
    }
    return address.slice(0, from);
  }

  private slot(key: string): PrefixMatch<T> | undefined {
    const match = this.longestMatch(key, () => true);
    return match?.key === key ? match : undefined;
  }
}

function accepted<T>(
  match: PrefixMatch<T> | undefined,
  accepts: (value: T) => boolean,
): PrefixMatch<T> | undefined {
  return match !== undefined && accepts(match.value) ? match : undefined;
}
