/** A small seeded generator (xorshift32): the same seed breaks the same bytes in the same way. */
export class Dice {
  private state: number;

  constructor(seed: number) {
    this.state = seed | 1;
  }

  /** An integer from 0 to `sides` - 1. */
  roll(sides: number): number {
    let next = this.state;
    next ^= next << 13;
    next ^= next >>> 17;
    next ^= next << 5;
    this.state = next;
    return (next >>> 0) % sides;
  }

  pick<T>(choices: readonly T[]): T {
    return choices[this.roll(choices.length)]!;
  }
}

/** How bytes are broken. The names are what the suite counts by. */
export type Mutation =
  | 'bit flip'
  | 'boundary byte'
  | 'truncation'
  | 'trailing bytes'
  | 'length bomb'
  | 'huge count'
  | 'splice'
  | 'insertion'
  | 'deletion'
  | 'bad date'
  | 'several';

const SINGLE: readonly Exclude<Mutation, 'several'>[] = [
  'bit flip',
  'boundary byte',
  'truncation',
  'trailing bytes',
  'length bomb',
  'huge count',
  'splice',
  'insertion',
  'deletion',
  'bad date',
];

const BOUNDARY_BYTES = [0x00, 0x01, 0x02, 0x13, 0x7f, 0x80, 0x81, 0x82, 0x84, 0x86, 0x87, 0xff];
const LENGTH_BOMBS = ['82ffff', '83ffffff', '84ffffffff', '86ffffffffffff', '88ffffffffffffffff'];
const COUNT_BOMBS = [
  '02ffff',
  '04ffffffff',
  '06ffffffffffff',
  '060000000000ff',
  '07ffffffffffffff',
];
const bombs = (hex: readonly string[]): Buffer[] => hex.map((bomb) => Buffer.from(bomb, 'hex'));
const LENGTHS = bombs(LENGTH_BOMBS);
const COUNTS = bombs(COUNT_BOMBS);
/** A count of none, as protocol data and forwarders have it: the favourite place for a bomb. */
const SMALL_COUNT = Buffer.from('0101', 'hex');
const NO_COUNT = Buffer.from('0100', 'hex');
const DATE_NOISE = Array.from('0359T.Z- ');
const DATE = /\d{14}\.\d{3}Z/;

/** Breaks packets of a corpus. `headerSize` is what stands before the outer length determinant. */
export class Mutator {
  constructor(
    private readonly dice: Dice,
    private readonly headerSize: number,
    private readonly corpus: readonly Buffer[],
  ) {}

  /** A broken packet. Half of them get a true outer length, so that the damage lies deeper. */
  next(): { readonly mutation: Mutation; readonly bytes: Buffer } {
    const dice = this.dice;
    const original = dice.pick(this.corpus);
    let mutation: Mutation = dice.pick(SINGLE);
    let bytes = this.apply(mutation, original);
    if (dice.roll(4) === 0) {
      bytes = this.apply(dice.pick(SINGLE), bytes);
      mutation = 'several';
    }
    return { mutation, bytes: dice.roll(2) === 0 ? bytes : this.withTrueLength(bytes) };
  }

  private apply(mutation: Exclude<Mutation, 'several'>, bytes: Buffer): Buffer {
    const at = this.dice.roll(bytes.length + 1);
    switch (mutation) {
      case 'bit flip':
        return this.flipBits(bytes);
      case 'boundary byte':
        return patched(bytes, at, Buffer.from([this.dice.pick(BOUNDARY_BYTES)]));
      case 'truncation':
        return bytes.subarray(0, at);
      case 'trailing bytes':
        return Buffer.concat([bytes, this.noise(1 + this.dice.roll(8))]);
      case 'length bomb':
        return patched(bytes, at, this.dice.pick(LENGTHS));
      case 'huge count':
        return this.explodeCount(bytes, at);
      case 'splice': {
        const other = this.dice.pick(this.corpus);
        return Buffer.concat([bytes.subarray(0, at), other.subarray(this.dice.roll(other.length))]);
      }
      case 'insertion':
        return spliced(bytes, at, 0, this.noise(1 + this.dice.roll(4)));
      case 'deletion':
        return spliced(bytes, at, 1 + this.dice.roll(4), Buffer.alloc(0));
      case 'bad date':
        return this.spoilDate(bytes);
    }
  }

  private flipBits(bytes: Buffer): Buffer {
    const flipped = Buffer.from(bytes);
    for (let times = 1 + this.dice.roll(3); times > 0 && bytes.length > 0; times -= 1) {
      const at = this.dice.roll(bytes.length);
      flipped[at] = flipped[at]! ^ (1 << this.dice.roll(8));
    }
    return flipped;
  }

  private explodeCount(bytes: Buffer, fallback: number): Buffer {
    const pattern = this.dice.roll(2) === 0 ? SMALL_COUNT : NO_COUNT;
    const found = bytes.indexOf(pattern, this.headerSize + 1);
    const bomb = this.dice.pick(COUNTS);
    return found < 0 ? patched(bytes, fallback, bomb) : spliced(bytes, found, 2, bomb);
  }

  private spoilDate(bytes: Buffer): Buffer {
    const found = DATE.exec(bytes.toString('latin1'));
    if (found === null) return this.flipBits(bytes);
    // Its length is fair game as well.
    const at = found.index - 1 + this.dice.roll(20);
    return patched(bytes, at, Buffer.from(this.dice.pick(DATE_NOISE)));
  }

  private noise(size: number): Buffer {
    return Buffer.from(Array.from({ length: size }, () => this.dice.roll(256)));
  }

  private withTrueLength(bytes: Buffer): Buffer {
    const header = bytes.subarray(0, this.headerSize);
    const first = bytes[this.headerSize] ?? 0;
    const skip = this.headerSize + 1 + (first > 0x80 && first < 0x87 ? first - 0x80 : 0);
    const content = bytes.subarray(skip);
    return Buffer.concat([header, lengthOf(content.length), content]);
  }
}

function patched(bytes: Buffer, at: number, patch: Buffer): Buffer {
  return spliced(bytes, at, patch.length, patch);
}

function spliced(bytes: Buffer, at: number, removed: number, inserted: Buffer): Buffer {
  return Buffer.concat([bytes.subarray(0, at), inserted, bytes.subarray(at + removed)]);
}

function lengthOf(size: number): Buffer {
  if (size < 0x80) return Buffer.from([size]);
  return size < 0x100 ? Buffer.from([0x81, size]) : Buffer.from([0x82, size >> 8, size & 0xff]);
}
