import type { DataSource } from 'typeorm';
import {
  binaryArray,
  byteaElement,
  int2Element,
  int8Element,
  textElement,
  timestamptzElement,
} from './binary-array';
import { execute, textRows, withConnection } from './connection';
import { decodeBytea } from './event-rows';
import { safeInteger } from './exact-integer';
import { LEDGER_IDS } from './log-heads';

/** A public key that heads were signed with. */
export interface AuditKey {
  /** SHA-256 of `publicKey`, hex. */
  readonly keyId: string;
  /** DER (SPKI). */
  readonly publicKey: Buffer;
}

/** The last event of a ledger. */
export interface CommittedHead {
  readonly ledgerId: string;
  readonly version: number;
  readonly hash: Buffer;
}

export interface SignedHead extends CommittedHead {
  readonly signedAtMs: number;
  readonly keyId: string;
  /** 64 bytes. */
  readonly signature: Buffer;
}

/** Signed heads per round trip. */
const BATCH_HEADS = 1_000;

/** Heads of ledgers that the connector has put its name to. Only ever added to. */
export class SignedHeadStore {
  constructor(
    private readonly dataSource: DataSource,
    private readonly batchHeads = BATCH_HEADS,
  ) {}

  /** Writes a key down, once. */
  async addKey({ keyId, publicKey }: AuditKey): Promise<void> {
    await withConnection(this.dataSource, (client) =>
      execute(client, {
        text: `INSERT INTO audit_keys (key_id, public_key) VALUES ($1, $2)
               ON CONFLICT DO NOTHING`,
        values: [keyId, publicKey],
      }),
    );
  }

  /** Every key that was ever used, oldest first. */
  async keys(): Promise<readonly AuditKey[]> {
    const rows = await withConnection(this.dataSource, (client) =>
      textRows<[string, string]>(client, {
        text: 'SELECT key_id, public_key FROM audit_keys ORDER BY created_at, key_id',
      }),
    );
    return rows.map(([keyId, key]) => ({ keyId, publicKey: decodeBytea(key) }));
  }

  /** Committed heads of all ledgers of these partitions that the key has not signed yet. */
  async unsigned(partitions: readonly number[], keyId: string): Promise<readonly CommittedHead[]> {
    const rows = await withConnection(this.dataSource, (client) =>
      textRows<[string, string, string]>(client, {
        name: 'causeway-unsigned-heads',
        text: UNSIGNED,
        values: [binaryArray(int2Element, partitions), keyId],
      }),
    );
    return rows.map(([ledgerId, version, hash]) => ({
      ledgerId,
      version: safeInteger(version),
      hash: decodeBytea(hash),
    }));
  }

  /** What the same key has signed before stays as it is. */
  async add(heads: readonly SignedHead[]): Promise<void> {
    if (heads.length === 0) return;
    const values = [
      binaryArray(
        textElement,
        heads.map(({ ledgerId }) => ledgerId),
      ),
      binaryArray(
        int8Element,
        heads.map(({ version }) => version),
      ),
      binaryArray(
        byteaElement,
        heads.map(({ hash }) => hash),
      ),
      binaryArray(
        timestamptzElement,
        heads.map(({ signedAtMs }) => signedAtMs),
      ),
      binaryArray(
        textElement,
        heads.map(({ keyId }) => keyId),
      ),
      binaryArray(
        byteaElement,
        heads.map(({ signature }) => signature),
      ),
    ];
    await withConnection(this.dataSource, (client) => execute(client, { text: ADD, values }));
  }

  /** A ledger's signed heads in the order of versions, in batches that hold no connection. */
  async *ofLedger(ledgerId: string): AsyncGenerator<SignedHead, void, undefined> {
    let [version, keyId] = [0, ''];
    for (;;) {
      const after = { ledgerId, version, keyId };
      const heads = await this.batch(after);
      yield* heads;
      const last = heads.at(-1);
      if (last === undefined || heads.length < this.batchHeads) return;
      ({ version, keyId } = last);
    }
  }

  /** The newest signed head of the ledger from one version to another, both included. */
  async newest(
    ledgerId: string,
    range: { readonly firstVersion: number; readonly lastVersion: number },
  ): Promise<SignedHead | undefined> {
    const [row] = await withConnection(this.dataSource, (client) =>
      textRows<HeadRow>(client, {
        text: NEWEST,
        values: [ledgerId, range.firstVersion, range.lastVersion],
      }),
    );
    return row && decodeHead(ledgerId, row);
  }

  /** Every ledger that has a signed head, in order of ids, be it in the log or not. */
  async ledgerIds(): Promise<readonly string[]> {
    const rows = await withConnection(this.dataSource, (client) =>
      textRows<[string]>(client, { text: SIGNED_LEDGER_IDS }),
    );
    return rows.map(([ledgerId]) => ledgerId);
  }

  private async batch(after: {
    readonly ledgerId: string;
    readonly version: number;
    readonly keyId: string;
  }): Promise<SignedHead[]> {
    const { ledgerId } = after;
    const rows = await withConnection(this.dataSource, (client) =>
      textRows<HeadRow>(client, {
        name: 'causeway-signed-heads',
        text: BATCH,
        values: [ledgerId, after.version, after.keyId, this.batchHeads],
      }),
    );
    return rows.map((row) => decodeHead(ledgerId, row));
  }
}

type HeadRow = [
  version: string,
  hash: string,
  signedAtMs: string,
  keyId: string,
  signature: string,
];

function decodeHead(ledgerId: string, row: HeadRow): SignedHead {
  const [version, hash, signedAtMs, keyId, signature] = row;
  return {
    ledgerId,
    version: safeInteger(version),
    hash: decodeBytea(hash),
    signedAtMs: safeInteger(signedAtMs),
    keyId,
    signature: decodeBytea(signature),
  };
}

const UNSIGNED = `${LEDGER_IDS}
SELECT ids.ledger_id, h.version, h.hash
FROM ids CROSS JOIN LATERAL (
  SELECT e.partition, e.version, e.hash FROM ledger_events e
  WHERE e.ledger_id = ids.ledger_id ORDER BY e.version DESC LIMIT 1
) h
WHERE h.partition = ANY ($1::int2[]) AND NOT EXISTS (
  SELECT FROM signed_heads s
  WHERE s.ledger_id = ids.ledger_id AND s.version = h.version AND s.key_id = $2
)`;

const ADD = `
INSERT INTO signed_heads (ledger_id, version, hash, signed_at, key_id, signature)
SELECT * FROM unnest($1::text[], $2::int8[], $3::bytea[], $4::timestamptz[], $5::text[], $6::bytea[])
ON CONFLICT DO NOTHING`;

const BATCH = `
SELECT version, hash, (extract(epoch FROM signed_at) * 1000)::int8, key_id, signature
FROM signed_heads
WHERE ledger_id = $1 AND (version, key_id) > ($2::int8, $3::text COLLATE "C")
ORDER BY version, key_id LIMIT $4::int8`;

const NEWEST = `
SELECT version, hash, (extract(epoch FROM signed_at) * 1000)::int8, key_id, signature
FROM signed_heads
WHERE ledger_id = $1 AND version BETWEEN $2::int8 AND $3::int8
ORDER BY version DESC, key_id LIMIT 1`;

const SIGNED_LEDGER_IDS = `
WITH RECURSIVE ids AS (
  (SELECT ledger_id FROM signed_heads ORDER BY ledger_id LIMIT 1)
  UNION ALL
  SELECT (SELECT s.ledger_id FROM signed_heads s WHERE s.ledger_id > ids.ledger_id
          ORDER BY s.ledger_id LIMIT 1)
  FROM ids WHERE ids.ledger_id IS NOT NULL
)
SELECT ledger_id FROM ids WHERE ledger_id IS NOT NULL`;
