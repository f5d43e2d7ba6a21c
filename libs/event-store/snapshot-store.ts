import type { DataSource } from 'typeorm';
import { binaryArray, byteaElement, int8Element, textElement } from './binary-array';
import { execute, textRows, withConnection } from './connection';
import { decodeBytea } from './event-rows';
import { safeInteger } from './exact-integer';

/** A ledger's state after some event, so that replay need not begin at the first one. */
export interface Snapshot {
  readonly ledgerId: string;
  /** The event that the state includes as its last, with its hash. */
  readonly version: number;
  readonly hash: Buffer;
  /** Names the layout of `state`; another layout is of no use. */
  readonly shape: string;
  readonly state: string;
}

/** Snapshots are a convenience: losing all of them costs nothing but time. */
export class SnapshotStore {
  constructor(private readonly dataSource: DataSource) {}

  /**
   * Keeps one per ledger; an older one does not replace a newer one, unless that does not fit (any
   * more).
   */
  async save(snapshots: readonly Snapshot[]): Promise<void> {
    if (snapshots.length === 0) return;
    const values = [
      binaryArray(
        textElement,
        snapshots.map(({ ledgerId }) => ledgerId),
      ),
      binaryArray(
        int8Element,
        snapshots.map(({ version }) => version),
      ),
      binaryArray(
        byteaElement,
        snapshots.map(({ hash }) => hash),
      ),
      binaryArray(
        textElement,
        snapshots.map(({ shape }) => shape),
      ),
      binaryArray(
        textElement,
        snapshots.map(({ state }) => state),
      ),
    ];
    await withConnection(this.dataSource, (client) => execute(client, { text: SAVE, values }));
  }

  /**
   * The snapshots of these ledgers that fit: same shape, and the log has exactly this hash at this
   * version. What does not fit is left out, as if it did not exist.
   */
  async load(ledgerIds: readonly string[], shape: string): Promise<ReadonlyMap<string, Snapshot>> {
    const rows = await withConnection(this.dataSource, (client) =>
      textRows<[string, string, string, string]>(client, {
        text: LOAD,
        values: [binaryArray(textElement, ledgerIds), shape],
      }),
    );
    return new Map(
      rows.map(([ledgerId, version, hash, state]) => [
        ledgerId,
        { ledgerId, version: safeInteger(version), hash: decodeBytea(hash), shape, state },
      ]),
    );
  }
}

const SAVE = `
INSERT INTO ledger_snapshots AS kept (ledger_id, version, hash, shape, state)
SELECT * FROM unnest($1::text[], $2::int8[], $3::bytea[], $4::text[], $5::text[])
ON CONFLICT (ledger_id) DO UPDATE
SET version = excluded.version, hash = excluded.hash, shape = excluded.shape,
    state = excluded.state, taken_at = now()
WHERE kept.version < excluded.version OR kept.shape <> excluded.shape OR NOT EXISTS (
  SELECT FROM ledger_events e
  WHERE e.ledger_id = kept.ledger_id AND e.version = kept.version AND e.hash = kept.hash
)`;

const LOAD = `
SELECT s.ledger_id, s.version, s.hash, s.state
FROM ledger_snapshots s
JOIN ledger_events e ON e.ledger_id = s.ledger_id AND e.version = s.version AND e.hash = s.hash
WHERE s.ledger_id = ANY ($1::text[]) AND s.shape = $2`;
