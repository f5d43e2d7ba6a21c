import type { NewSheet } from './rate-sheet';
import { MAX_CURRENCIES } from './rate-table';

interface Said {
  readonly rate: string;
  readonly atMs: number;
}

/**
 * What a source has said of each currency, and when. One that it no longer names keeps its last rate
 * for as long as all of them would if it said nothing: until that is too old. Immutable.
 */
export class SaidRates {
  private constructor(
    private readonly maxAgeMs: number,
    /** Said last. */
    private readonly sheet: NewSheet | undefined,
    /** Also what was said before and is not in the sheet. */
    private readonly byCurrency: ReadonlyMap<string, Said>,
  ) {}

  static nothing(maxAgeMs: number): SaidRates {
    return new SaidRates(maxAgeMs, undefined, new Map());
  }

  /** Values in another base have nothing to do with those before. */
  hearing(sheet: NewSheet): SaidRates {
    const { fetchedAtMs: atMs, base, rates } = sheet;
    const before = this.sheet?.base === base ? this.byCurrency : [];
    const now = Object.entries(rates).map(([code, rate]) => [code, { rate, atMs }] as const);
    const all = [...new Map<string, Said>([...before, ...now])];
    // What a sheet has no room for is what was not said for the longest time.
    all.sort(([, one], [, other]) => other.atMs - one.atMs);
    return new SaidRates(this.maxAgeMs, sheet, new Map(all.slice(0, MAX_CURRENCIES)));
  }

  /** What was said last, and what else still holds; undefined = nothing was said. */
  at(nowMs: number): NewSheet | undefined {
    const { sheet } = this;
    if (sheet === undefined) return undefined;
    const holding = [...this.byCurrency]
      .filter(([code, { atMs }]) => code in sheet.rates || nowMs - atMs < this.maxAgeMs)
      .map(([code, { rate }]) => [code, rate] as const)
      .sort(([one], [other]) => (one < other ? -1 : 1));
    return { ...sheet, rates: Object.fromEntries(holding) };
  }

  /** Currencies that it named before and does not now, whether their last rates hold or not. */
  get missing(): string[] {
    return this.unsaid.map(([code]) => code).sort();
  }

  /** When the next of their last rates is too old; undefined = there is none. */
  nextEndMs(nowMs: number): number | undefined {
    const ends = this.unsaid.map(([, { atMs }]) => atMs + this.maxAgeMs);
    const [next] = ends.filter((endMs) => endMs > nowMs).sort((one, other) => one - other);
    return next;
  }

  private get unsaid(): [string, Said][] {
    const { rates = {} } = this.sheet ?? {};
    return [...this.byCurrency].filter(([code]) => !(code in rates));
  }
}
