import type { LedgerDescription, LedgerFigures } from '#contracts';

/** The newest figures of each ledger, from lists and announcements that may cross on their way. */
export class KnownFigures {
  private readonly newest = new Map<string, LedgerFigures>();

  get all(): ReadonlyMap<string, LedgerFigures> {
    return this.newest;
  }

  /**
   * An owner has announced these: they count unless newer ones are known.
   * @returns those that say something else than before
   */
  hear(announced: readonly LedgerFigures[]): readonly LedgerFigures[] {
    return announced.filter((figures) => this.take(figures, 'owner'));
  }

  /**
   * These stand in the complete list of the ledgers; what is known of any other one is forgotten. A
   * list may mix what is older: of two of the same version what the owner said counts.
   * @returns those that say something else than before
   */
  learn(
    ledgers: readonly Pick<LedgerDescription, 'ledgerId'>[],
    listed: readonly LedgerFigures[],
  ): readonly LedgerFigures[] {
    const ids = new Set(ledgers.map(({ ledgerId }) => ledgerId));
    for (const ledgerId of this.newest.keys()) if (!ids.has(ledgerId)) this.newest.delete(ledgerId);
    return listed.filter((figures) => ids.has(figures.ledgerId) && this.take(figures, 'list'));
  }

  private take(figures: LedgerFigures, source: 'owner' | 'list'): boolean {
    const known = this.newest.get(figures.ledgerId);
    if (known !== undefined) {
      if (figures.version < known.version) return false;
      if (figures.version === known.version && source === 'list') return false;
    }
    this.newest.set(figures.ledgerId, figures);
    return figures.maxIn !== known?.maxIn || figures.maxOut !== known.maxOut;
  }
}
