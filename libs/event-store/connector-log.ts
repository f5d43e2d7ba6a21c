import { escapeLiteral, type PoolClient } from 'pg';
import type { DataSource } from 'typeorm';
import { CONNECTOR_STREAM, connectorPartition } from '#contracts';
import { chainHash, GENESIS_HASH, type ChainHead, type RecordedEvent } from '#eventsourcing';
import { binaryRows } from './binary-rows';
import {
  execute,
  inTransaction,
  textRows,
  withConnection,
  type TextQuery,
  type TextRow,
} from './connection';
import { appendQuery, decodeBytea, decodeEvent, EVENT_COLUMNS } from './event-rows';
import { safeInteger } from './exact-integer';
import { lockKeyOf } from './partition-lock';
import { checkStorable, type NewEvent } from './storable-event';

/** An event of the connector before it has a place: of no ledger, no transfer, without a packet. */
export type NewConnectorEvent = Pick<
  NewEvent,
  'type' | 'schemaVersion' | 'occurredAtMs' | 'payload'
>;

export interface ConnectorRange {
  /** Exclusive; 0 = from the beginning. */
  readonly afterVersion?: number;
  /** Only events of these types; default: of all. */
  readonly types?: readonly string[];
  /** Only events that are on record as this one's. */
  readonly by?: string;
  /** In the opposite order, so that `limit` leaves the newest; default: false. */
  readonly newestFirst?: boolean;
  /** How many events at most; default: all that there are. */
  readonly limit?: number;
}

/** What a decision on the connector's stream rests on, and what it may write beside its events. */
export interface ConnectorTransaction {
  /** Version of the last event; 0 if there is none. */
  readonly version: number;
  read(range?: ConnectorRange): Promise<readonly RecordedEvent[]>;
  /** Rows as text, in the order of the select list. */
  rows<R extends TextRow>(query: TextQuery): Promise<R[]>;
  /** @returns how many rows were touched. */
  execute(query: TextQuery): Promise<number>;
}

export interface ConnectorDecision<T> {
  readonly events: readonly NewConnectorEvent[];
  readonly result: T;
}

export interface ConnectorAppend<T> {
  readonly result: T;
  /** In order; empty if nothing was decided. */
  readonly events: readonly RecordedEvent[];
  /** Version of the last event now. */
  readonly version: number;
}

const BEGINNING: ChainHead = { version: 0, hash: GENESIS_HASH };

/**
 * The connector's own stream in the log: same table, same chain, a partition to itself. It is written
 * seldom and by any process, so it has no owner: a decision takes an advisory lock for the time of its
 * transaction, reads where the stream ends, and appends.
 */
export class ConnectorLog {
  private readonly lockKey: number;
  private readonly partition: number;

  constructor(
    private readonly dataSource: DataSource,
    identity: { readonly connector: string; readonly partitions: number },
  ) {
    this.lockKey = lockKeyOf(identity.connector);
    this.partition = connectorPartition(identity.partitions);
  }

  /**
   * Decides while nobody else can, and appends what was decided together with whatever else `decide`
   * wrote: all of it or nothing. What `decide` throws is thrown on.
   * @throws UnstorableEventError, DatabaseUnreachableError, DatabaseRefusedError
   */
  append<T>(
    decide: (transaction: ConnectorTransaction) => Promise<ConnectorDecision<T>>,
  ): Promise<ConnectorAppend<T>> {
    return inTransaction(this.dataSource, [], async (client) => {
      await client.query('SELECT pg_advisory_xact_lock($1::int4, $2::int4)', [
        this.lockKey,
        this.partition,
      ]);
      const head = await readHead(client);
      const { events, result } = await decide(transactionOn(client, head));
      const placed = events.reduce<RecordedEvent[]>((chain, event) => {
        chain.push(this.place(event, chain.at(-1) ?? head));
        return chain;
      }, []);
      if (placed.length > 0) await execute(client, appendQuery(placed));
      return { result, events: placed, version: placed.at(-1)?.version ?? head.version };
    });
  }

  /** The stream and what is written beside it, as of one moment. Writes nothing. */
  look<T>(work: (transaction: ConnectorTransaction) => Promise<T>): Promise<T> {
    const settings = [`transaction_isolation = 'repeatable read'`, 'transaction_read_only = on'];
    return inTransaction(this.dataSource, settings, async (client) =>
      work(transactionOn(client, await readHead(client))),
    );
  }

  /** In the order of versions, unless asked for otherwise. */
  read(range: ConnectorRange = {}): Promise<readonly RecordedEvent[]> {
    return withConnection(this.dataSource, (client) => readEvents(client, range));
  }

  private place(event: NewConnectorEvent, { version, hash }: ChainHead): RecordedEvent {
    const unplaced = {
      ledgerId: CONNECTOR_STREAM,
      type: event.type,
      schemaVersion: event.schemaVersion,
      transferId: null,
      occurredAtMs: event.occurredAtMs,
      payload: event.payload,
      packetDigest: null,
      partition: this.partition,
      packet: null,
    };
    checkStorable(unplaced);
    const at = { ...unplaced, version: version + 1 };
    // The only stream of its partition: its position is its version.
    return { ...at, position: at.version, previousHash: hash, hash: chainHash(hash, at) };
  }
}

function transactionOn(client: PoolClient, { version }: ChainHead): ConnectorTransaction {
  return {
    version,
    read: (range = {}) => readEvents(client, range),
    rows: (query) => textRows(client, query),
    execute: (query) => execute(client, query),
  };
}

async function readHead(client: PoolClient): Promise<ChainHead> {
  const [row] = await textRows<[string, string]>(client, {
    text: `SELECT version, hash FROM ledger_events WHERE ledger_id = $1
           ORDER BY version DESC LIMIT 1`,
    values: [CONNECTOR_STREAM],
  });
  return row === undefined
    ? BEGINNING
    : { version: safeInteger(row[0]), hash: decodeBytea(row[1]) };
}

async function readEvents(
  client: PoolClient,
  { afterVersion = 0, types, by, newestFirst = false, limit }: ConnectorRange,
): Promise<readonly RecordedEvent[]> {
  const ofTypes =
    types === undefined
      ? ''
      : `AND e.type = ANY (ARRAY[${types.map(escapeLiteral).join()}]::text[])`;
  const order = newestFirst ? 'DESC' : 'ASC';
  const atMost = limit === undefined ? '' : `LIMIT ${whole(limit)}`;
  const ofWhom = by === undefined ? '' : `AND e.payload->>'by' = ${escapeLiteral(by)}`;
  const rows = await binaryRows(
    client,
    `SELECT ${EVENT_COLUMNS} FROM ledger_events e
     WHERE e.ledger_id = ${escapeLiteral(CONNECTOR_STREAM)} AND e.version > ${whole(afterVersion)}
       ${ofTypes} ${ofWhom}
     ORDER BY e.version ${order} ${atMost}`,
  );
  return Array.from({ length: rows.length }, (_, index) => rows.read(index, decodeEvent));
}

/** A number that becomes part of a statement. @throws RangeError */
function whole(value: number): number {
  if (!Number.isSafeInteger(value)) throw new RangeError(`not a whole number: ${value}`);
  return value;
}
