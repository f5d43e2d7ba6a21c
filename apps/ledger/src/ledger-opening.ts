import type { DataSource } from 'typeorm';
import type { LedgerDescription, LedgerOpenReply } from '#contracts';
import { inTransaction, LEDGER_IDS } from '#event-store';

/** Of all openings over all processes one is under way at a time. */
const OPENING_LOCK = '4842531406211748709';

/**
 * Two ledgers of one connector never share addresses (SPEC §2.3), and their owners may be two
 * processes: a ledger is opened under a lock of the database, after a look at all that the log has.
 */
export class LedgerOpening {
  private last: Promise<unknown> = Promise.resolve();

  /** @param twins ledgers that may bear one prefix, as a validator's do: each with the other */
  constructor(
    private readonly dataSource: DataSource,
    private readonly twins: ReadonlyMap<string, string> = new Map(),
  ) {}

  /**
   * Calls `open` unless another ledger has some of the addresses; `open` resolves after its commit.
   * One after the other, so that many at once leave connections for everything else.
   */
  alone(wanted: LedgerDescription, open: () => Promise<LedgerOpenReply>): Promise<LedgerOpenReply> {
    const turn = this.last.then(() => this.underLock(wanted, open));
    this.last = turn.catch(() => undefined);
    return turn;
  }

  private underLock(
    wanted: LedgerDescription,
    open: () => Promise<LedgerOpenReply>,
  ): Promise<LedgerOpenReply> {
    return inTransaction(this.dataSource, [], async (client) => {
      await client.query('SELECT pg_advisory_xact_lock($1::int8)', [OPENING_LOCK]);
      const { ledgerId, prefix } = wanted;
      const twin = this.twins.get(ledgerId) ?? null;
      const { rows } = await client.query<Overlap>(OVERLAPPING, [ledgerId, prefix, twin]);
      const [other] = rows;
      if (other === undefined) return open();
      const stored = `${other.prefix} (of ledger ${other.ledger_id})`;
      return { outcome: 'conflict', field: 'prefix', stored, wanted: wanted.prefix };
    });
  }
}

interface Overlap {
  readonly ledger_id: string;
  readonly prefix: string;
}

/** Walks from ledger to ledger; the first event of each has its prefix, which never changes. */
const OVERLAPPING = `${LEDGER_IDS}
SELECT e.ledger_id, e.payload->>'prefix' AS prefix
FROM ids JOIN ledger_events e ON e.ledger_id = ids.ledger_id AND e.version = 1
WHERE e.ledger_id <> $1
  AND NOT ($3::text IS NOT NULL AND e.ledger_id = $3 AND e.payload->>'prefix' = $2)
  AND (starts_with(e.payload->>'prefix', $2) OR starts_with($2, e.payload->>'prefix'))
LIMIT 1`;
