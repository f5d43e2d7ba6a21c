import type { Dice } from './dice';

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
  | 'bad type'
  | 'bad id'
  | 'repetition'
  | 'random bytes'
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
  'bad type',
  'bad id',
  'repetition',
  'random bytes',
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
const ID_SIZE = 16;
const MOST_NOISE = 200;
const LONGEST_REPEATED = 64;
const MOST_REPEATS = 4;
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
        return Buffer.concat([bytes, this.dice.bytes(1 + this.dice.roll(8))]);
      case 'length bomb':
        return patched(bytes, at, this.dice.pick(LENGTHS));
      case 'huge count':
        return this.explodeCount(bytes, at);
      case 'splice': {
        const other = this.dice.pick(this.corpus);
        return Buffer.concat([bytes.subarray(0, at), other.subarray(this.dice.roll(other.length))]);
      }
      case 'insertion':
        return spliced(bytes, at, 0, this.dice.bytes(1 + this.dice.roll(4)));
      case 'deletion':
        return spliced(bytes, at, 1 + this.dice.roll(4), Buffer.alloc(0));
      case 'bad date':
        return this.spoilDate(bytes);
      case 'bad type':
        return patched(bytes, 0, Buffer.from([this.dice.roll(this.dice.once(2) ? 16 : 256)]));
      case 'bad id':
        return this.spoilId(bytes);
      case 'repetition':
        return this.repeat(bytes, at);
      case 'random bytes':
        return this.dice.bytes(this.dice.roll(MOST_NOISE));
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

  /** Where the packets about transfers have their id; in others, whatever comes first. */
  private spoilId(bytes: Buffer): Buffer {
    const id = this.dice.once(2)
      ? this.dice.bytes(ID_SIZE)
      : Buffer.alloc(ID_SIZE, this.dice.roll(2) * 255);
    return patched(bytes, this.contentAt(bytes), id);
  }

  /** An entry that stands there twice, if the cut is lucky. */
  private repeat(bytes: Buffer, at: number): Buffer {
    const slice = bytes.subarray(at, at + 1 + this.dice.roll(LONGEST_REPEATED));
    const copies = Array.from({ length: 1 + this.dice.roll(MOST_REPEATS) }, () => slice);
    return spliced(bytes, at, 0, Buffer.concat(copies));
  }

  private contentAt(bytes: Buffer): number {
    const first = bytes[this.headerSize] ?? 0;
    return this.headerSize + 1 + (first > 0x80 && first < 0x87 ? first - 0x80 : 0);
  }

  private withTrueLength(bytes: Buffer): Buffer {
    const header = bytes.subarray(0, this.headerSize);
    const content = bytes.subarray(this.contentAt(bytes));
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
