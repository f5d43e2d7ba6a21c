import type { LedgerFigures } from '#contracts';
import { carriable, type LedgerState } from '#domain/ledger';

/**
 * How much each ledger of one owner can carry. All that an event costs here is an entry of a map; the
 * figures themselves are worked out when they are announced.
 */
export class FigureBoard {
  /** Version of the newest event of each ledger whose figures may be others now. */
  private readonly touched = new Map<string, number>();
  /** As they were last announced. */
  private readonly announced = new Map<string, LedgerFigures>();
  /** As they stand on record. */
  private readonly onRecord = new Map<string, LedgerFigures>();

  get hasNews(): boolean {
    return this.touched.size > 0;
  }

  /** An event happened on the ledger. */
  touch(ledgerId: string, version: number): void {
    this.touched.set(ledgerId, version);
  }

  /** Takes over a ledger as the log left it. */
  adopt(ledger: LedgerState, version: number): void {
    this.touched.set(ledger.id, version);
    this.onRecord.set(ledger.id, figuresOf(ledger, version));
  }

  /** Lets go of a ledger, whose partition goes to another owner. */
  release(ledgerId: string): void {
    this.touched.delete(ledgerId);
    this.announced.delete(ledgerId);
    this.onRecord.delete(ledgerId);
  }

  /** Those that are others than before. They count when `settle` is called with them. */
  take(find: (ledgerId: string) => LedgerState | undefined): readonly LedgerFigures[] {
    const news: LedgerFigures[] = [];
    for (const [ledgerId, version] of this.touched) {
      const ledger = find(ledgerId);
      if (ledger === undefined) continue;
      const figures = figuresOf(ledger, version);
      if (isOther(figures, this.announced.get(ledgerId))) news.push(figures);
    }
    this.touched.clear();
    return news;
  }

  /** What was taken is on record by now. @param owns whether a ledger is still ours */
  settle(news: readonly LedgerFigures[], owns: (ledgerId: string) => boolean): void {
    for (const figures of news) {
      if (!owns(figures.ledgerId)) continue;
      this.announced.set(figures.ledgerId, figures);
      this.onRecord.set(figures.ledgerId, figures);
    }
  }

  /** Of every ledger whose figures are on record. */
  list(): readonly LedgerFigures[] {
    return [...this.onRecord.values()];
  }
}

function figuresOf(ledger: LedgerState, version: number): LedgerFigures {
  const { maxIn, maxOut } = carriable(ledger);
  return {
    ledgerId: ledger.id,
    version,
    maxIn: maxIn?.toString() ?? null,
    maxOut: maxOut?.toString() ?? null,
  };
}

function isOther({ maxIn, maxOut }: LedgerFigures, known: LedgerFigures | undefined): boolean {
  return known?.maxIn !== maxIn || known.maxOut !== maxOut;
}
