export interface PrefixMatch<T> {
  readonly key: string;
  readonly value: T;
}

/**
 * A place where a key ends, or where several part. What lies between two places is text, so that
 * there are never more than two places for each key, of however many segments keys are.
 */
class Place<T> {
  /** By the first segment of the way to each. undefined where no key goes on. */
  next: Map<string, Place<T>> | undefined;
  /** Of the key that ends here without a dot: an account. */
  account: T | undefined;
  /** Of the key that ends in the dot after this place: a prefix. */
  prefix: T | undefined;

  /** `rest`: the further segments of the way to this place, a dot before each. */
  constructor(public rest: string) {}

  get isHeld(): boolean {
    return this.account !== undefined || this.prefix !== undefined;
  }
}

/** The way from one place to the next. */
interface Step<T> {
  readonly from: Place<T>;
  readonly name: string;
  readonly to: Place<T>;
}

/**
 * Values by address prefix (SPEC §2.4). The longest key wins, the empty key matches everything, a
 * key without a final dot matches that account and what lies below it. Keys are compared segment
 * by segment, so `x.alice` never catches `x.alice2`. A look-up costs what the address has of
 * segments in common with the keys, however many keys there are.
 */
export class PrefixTable<T> {
  private readonly root = new Place<T>('');

  get isEmpty(): boolean {
    return this.root.next === undefined && !this.root.isHeld;
  }

  get(key: string): T | undefined {
    const place = this.walk(key);
    return place === undefined ? undefined : slotOf(place, key);
  }

  /** Replaces what the key held before. */
  set(key: string, value: T): void {
    fill(this.placeOf(key), key, value);
  }

  /** Nothing of a key that is gone is left, so that it no longer keeps others apart. */
  delete(key: string): void {
    const way: Step<T>[] = [];
    const place = this.walk(key, way);
    if (place === undefined) return;
    fill(place, key, undefined);
    way.reverse().forEach(tidy);
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
    let place = this.root;
    let from = 0;
    while (from < matchedKey.length || place.next !== undefined) {
      const end = endOf(address, from);
      const next = place.next?.get(address.slice(from, end));
      if (next === undefined) return address.slice(0, end + 1);
      const shared = end + sharedLength(next.rest, address, end);
      if (shared === address.length) return address;
      // Keys part from the address on the way to the place.
      if (shared < end + next.rest.length) return address.slice(0, endOf(address, shared + 1) + 1);
      from = shared + 1;
      place = next;
    }
    return address.slice(0, from);
  }

  /** The very place of the key, undefined where there is none; notes the way to it. */
  private walk(key: string, way?: Step<T>[]): Place<T> | undefined {
    if (key === '') return this.root;
    const text = nameOf(key);
    let place = this.root;
    for (let from = 0; from <= text.length;) {
      const end = endOf(text, from);
      const name = text.slice(from, end);
      const to = place.next?.get(name);
      if (to === undefined || !goesOn(text, end, to.rest)) return undefined;
      way?.push({ from: place, name, to });
      from = end + to.rest.length + 1;
      place = to;
    }
    return place;
  }

  /** Where the key ends, made if there is no such place. */
  private placeOf(key: string): Place<T> {
    if (key === '') return this.root;
    const text = nameOf(key);
    let place = this.root;
    for (let from = 0; from <= text.length;) {
      const end = endOf(text, from);
      const name = text.slice(from, end);
      place.next ??= new Map();
      let to = place.next.get(name);
      if (to === undefined) place.next.set(name, (to = new Place(text.slice(end))));
      const shared = sharedLength(to.rest, text, end);
      if (shared < to.rest.length) place.next.set(name, (to = parted(to, shared)));
      from = end + shared + 1;
      place = to;
    }
    return place;
  }

  /** What the matching keys hold, with the lengths of these keys, the shortest first. */
  private visit(address: string, found: (value: T, length: number) => void): void {
    if (this.root.prefix !== undefined) found(this.root.prefix, 0);
    let place: Place<T> | undefined = this.root;
    for (let from = 0; from <= address.length;) {
      let end = endOf(address, from);
      place = place.next?.get(address.slice(from, end));
      if (place === undefined || !goesOn(address, end, place.rest)) return;
      end += place.rest.length;
      if (place.account !== undefined) found(place.account, end);
      from = end + 1;
      if (place.prefix !== undefined && end < address.length) found(place.prefix, from);
    }
  }
}

/** A place on the way to the other one, so much of the rest before it. */
function parted<T>(to: Place<T>, length: number): Place<T> {
  const between = new Place<T>(to.rest.slice(0, length));
  const end = endOf(to.rest, length + 1);
  between.next = new Map([[to.rest.slice(length + 1, end), to]]);
  to.rest = to.rest.slice(end);
  return between;
}

/** Takes the place away if it is no longer needed: it holds nothing, and no ways part there. */
function tidy<T>({ from, name, to }: Step<T>): void {
  if (to.isHeld || from.next === undefined) return;
  const [onward, ...others] = to.next ?? [];
  if (others.length > 0) return;
  if (onward === undefined) {
    from.next.delete(name);
    if (from.next.size === 0) from.next = undefined;
  } else {
    const [segment, last] = onward;
    last.rest = `${to.rest}.${segment}${last.rest}`;
    from.next.set(name, last);
  }
}

/** Has the text all of the rest from there on, in whole segments? */
function goesOn(text: string, from: number, rest: string): boolean {
  if (rest === '') return true;
  const end = from + rest.length;
  return text.startsWith(rest, from) && (end === text.length || text[end] === '.');
}

/** How much of the rest the text has from there on, in whole segments. */
function sharedLength(rest: string, text: string, from: number): number {
  let shared = 0;
  while (shared < rest.length) {
    const end = endOf(rest, shared + 1);
    if (!goesOn(text, from + shared, rest.slice(shared, end))) break;
    shared = end;
  }
  return shared;
}

/** Where the segment ends that begins there. */
function endOf(text: string, from: number): number {
  const dot = text.indexOf('.', from);
  return dot === -1 ? text.length : dot;
}

function slotOf<T>(place: Place<T>, key: string): T | undefined {
  return isPrefix(key) ? place.prefix : place.account;
}

function fill<T>(place: Place<T>, key: string, value: T | undefined): void {
  if (isPrefix(key)) place.prefix = value;
  else place.account = value;
}

function isPrefix(key: string): boolean {
  return key === '' || key.endsWith('.');
}

function nameOf(key: string): string {
  return key.endsWith('.') ? key.slice(0, -1) : key;
}
