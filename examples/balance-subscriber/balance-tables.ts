import type { Pool, PoolClient } from 'pg';
import { CONNECTOR_STREAM, type LogEvent } from '#events-client';

/** An event whose meaning we do not know may have moved money: we stop rather than be wrong. */
export class UnknownMovementError extends Error {
  override readonly name = 'UnknownMovementError';
}

export interface Balance {
  readonly ledger: string;
  readonly balance: bigint;
  /** Of the ledger's last event that is in it. */
  readonly partition: number;
  readonly position: number;
}

/** Makes the tables unless they are there. */
export async function createBalanceTables(pool: Pool): Promise<void> {
  for (const statement of TABLES) await pool.query(statement);
}

export async function readBalances(pool: Pool): Promise<Balance[]> {
  const { rows } = await pool.query<{
    ledger: string;
    balance: string;
    partition: number;
    position: string;
  }>('SELECT ledger, balance::text, partition, position::text FROM balance ORDER BY ledger');
  return rows.map((row) => ({
    ...row,
    balance: BigInt(row.balance),
    position: Number(row.position),
  }));
}

/** What one event does to the tables, with the connection that also moves the position. */
export async function foldBalance(event: LogEvent, client: PoolClient): Promise<void> {
  // Peers that come and go move no money.
  if (event.ledgerId === CONNECTOR_STREAM) return;
  const moved = await movement(event, client);
  await client.query(ADD_TO_BALANCE, [
    event.ledgerId,
    moved.toString(),
    event.partition,
    event.position,
  ]);
}

/** By how much the event moves the balance: positive = the peer owes us more. */
async function movement({ ledgerId, body }: LogEvent, client: PoolClient): Promise<bigint> {
  switch (body.type) {
    case 'TransferPrepared':
    case 'TransferProposed': {
      const amount = body.direction === 'incoming' ? body.amount : -body.amount;
      await client.query(KEEP, [ledgerId, `transfer ${body.transferId}`, amount.toString()]);
      return 0n;
    }
    case 'TransferFulfilled':
      return taken(client, ledgerId, `transfer ${body.transferId}`);
    case 'TransferRejected':
    case 'TransferExpired':
      await taken(client, ledgerId, `transfer ${body.transferId}`);
      return 0n;
    case 'SettlementRecorded':
      return body.direction === 'paid' ? body.amount : -body.amount;
    case 'SettlementReversed':
      return body.direction === 'paid' ? -body.amount : body.amount;
    case 'DisputeResolved':
    case 'ShadowReconciled':
      return body.how === 'adopted' ? body.theirs - body.ours : 0n;
    case 'unknown':
      throw new UnknownMovementError(`${body.name} version ${body.schemaVersion} (${body.why})`);
    default:
      return 0n;
  }
}

/** What was kept under the name, which is over now. */
async function taken(client: PoolClient, ledger: string, name: string): Promise<bigint> {
  const { rows } = await client.query<{ amount: string }>(TAKE, [ledger, name]);
  const [kept] = rows;
  if (kept === undefined) throw new UnknownMovementError(`${name} of ${ledger} never began`);
  return BigInt(kept.amount);
}

const TABLES = [
  `CREATE TABLE IF NOT EXISTS balance (
     ledger text PRIMARY KEY, balance numeric(78,0) NOT NULL,
     partition integer NOT NULL, position bigint NOT NULL)`,
  `CREATE TABLE IF NOT EXISTS open_movement (
     ledger text NOT NULL, name text NOT NULL, amount numeric(78,0) NOT NULL,
     PRIMARY KEY (ledger, name))`,
];

const KEEP = 'INSERT INTO open_movement VALUES ($1, $2, $3)';
const TAKE = 'DELETE FROM open_movement WHERE ledger = $1 AND name = $2 RETURNING amount::text';
const ADD_TO_BALANCE = `
INSERT INTO balance VALUES ($1, $2, $3, $4)
ON CONFLICT (ledger) DO UPDATE
SET balance = balance.balance + excluded.balance, position = excluded.position`;
