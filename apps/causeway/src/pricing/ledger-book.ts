import { decodeRecorded, type LedgerOpened } from '#domain/ledger';
import type { EventReader } from '#event-store';

/** What a ledger is, as the log said when it came into being. */
export type OpenedLedger = Pick<LedgerOpened, 'prefix' | 'currencyCode' | 'currencyScale'>;

/** The ledgers of a log, each read once. */
export class LedgerBook {
  private readonly known = new Map<string, OpenedLedger>();

  constructor(private readonly reader: Pick<EventReader, 'readLedger'>) {}

  /** undefined where the log has no such ledger. */
  async ledger(ledgerId: string): Promise<OpenedLedger | undefined> {
    const known = this.known.get(ledgerId);
    if (known !== undefined) return known;
    for await (const recorded of this.reader.readLedger({ ledgerId, limit: 1 })) {
      const event = decodeRecorded(recorded);
      if (event.type !== 'LedgerOpened') break;
      const { prefix, currencyCode, currencyScale } = event;
      this.known.set(ledgerId, { prefix, currencyCode, currencyScale });
    }
    return this.known.get(ledgerId);
  }
}
