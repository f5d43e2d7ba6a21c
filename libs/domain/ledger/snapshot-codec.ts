import { canonicalJson, type JsonObject } from '#eventsourcing';
import { limitsPayload, preparedPayload, textOrNull } from './event-payload';
import type { TransferId } from './identifiers';
import { PayloadReader } from './payload-reader';
import { PRUNED_PACKET } from './pruned-packet';
import { readLimits, readPrepared } from './read-event-payload';
import type { LedgerState, Sums, Transfer } from './state';
import { UnreadableEventError } from './unreadable-event-error';

/**
 * Names the shape of LedgerState. It must be changed whenever the state gains, loses or changes a
 * member, so that snapshots of the old shape are ignored and the log is replayed instead.
 */
export const SNAPSHOT_SHAPE = 'ledger-state-1';

const SOURCE = { type: 'LedgerSnapshot', schemaVersion: 1 };

/** A snapshot that does not fit today's state. The owner ignores it and replays. */
export class UnreadableSnapshotError extends Error {
  override readonly name = 'UnreadableSnapshotError';

  constructor(readonly detail: string) {
    super(`cannot read ledger snapshot: ${detail}`);
  }
}

/** The state as canonical JSON text: equal states give equal texts, whatever their history. */
export function encodeSnapshot(ledger: LedgerState): string {
  const { sums } = ledger;
  const transfers = [...ledger.transfers.values()].sort(byId);
  return canonicalJson({
    shape: SNAPSHOT_SHAPE,
    id: ledger.id,
    prefix: ledger.prefix,
    currencyCode: ledger.currencyCode,
    currencyScale: ledger.currencyScale,
    account: ledger.account,
    peerAccount: ledger.peerAccount,
    authority: ledger.authority,
    limits: limitsPayload(ledger.limits),
    sums: {
      incomingFulfilled: sums.incomingFulfilled.toString(),
      incomingPrepared: sums.incomingPrepared.toString(),
      outgoingFulfilled: sums.outgoingFulfilled.toString(),
      outgoingPrepared: sums.outgoingPrepared.toString(),
    },
    transfers: transfers.map(transferJson),
  });
}

/** @throws UnreadableSnapshotError if the text is of another shape or damaged */
export function decodeSnapshot(text: string): LedgerState {
  const value = parse(text);
  if (value.shape !== SNAPSHOT_SHAPE) {
    throw new UnreadableSnapshotError(`shape is not ${SNAPSHOT_SHAPE}`);
  }
  try {
    return readState(value);
  } catch (error) {
    if (error instanceof UnreadableEventError) throw new UnreadableSnapshotError(error.message);
    throw error;
  }
}

function byId(one: Transfer, other: Transfer): number {
  return one.id < other.id ? -1 : 1;
}

function transferJson(transfer: Transfer): JsonObject {
  return {
    id: transfer.id,
    prepared: preparedPayload(transfer),
    packet: textOrNull(transfer.packet === PRUNED_PACKET ? null : transfer.packet),
    status: transfer.status,
    fulfillment: textOrNull(transfer.fulfillment),
    fulfillmentData: textOrNull(transfer.fulfillmentData),
    reason: textOrNull(transfer.reason),
  };
}

function parse(text: string): JsonObject {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new UnreadableSnapshotError('not JSON');
  }
  if (!isJsonObject(value)) throw new UnreadableSnapshotError('not an object');
  return value;
}

function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function readState(value: JsonObject): LedgerState {
  const state = new PayloadReader(SOURCE, value);
  state.text('shape');
  const ledger = {
    id: state.ledgerId('id'),
    prefix: state.text('prefix'),
    currencyCode: state.text('currencyCode'),
    currencyScale: state.integer('currencyScale'),
    account: state.text('account'),
    peerAccount: state.text('peerAccount'),
    authority: state.oneOf('authority', ['admin', 'shadow']),
    limits: readLimits(state),
    sums: readSums(state.object('sums')),
    transfers: new Map(state.objects('transfers').map(readEntry)),
  };
  state.finish();
  return ledger;
}

function readSums(sums: PayloadReader): Sums {
  const read = {
    incomingFulfilled: sums.amount('incomingFulfilled'),
    incomingPrepared: sums.amount('incomingPrepared'),
    outgoingFulfilled: sums.amount('outgoingFulfilled'),
    outgoingPrepared: sums.amount('outgoingPrepared'),
  };
  sums.finish();
  return read;
}

function readEntry(entry: PayloadReader): [TransferId, Transfer] {
  const prepared = entry.object('prepared');
  const { plan, cause, ...agreed } = readPrepared(prepared);
  prepared.finish();
  const transfer: Transfer = {
    id: entry.transferId('id'),
    ...agreed,
    packet: entry.bytesOrNull('packet') ?? PRUNED_PACKET,
    plan,
    cause,
    status: entry.oneOf('status', ['prepared', 'fulfilled', 'rejected', 'expired']),
    fulfillment: entry.bytesOrNull('fulfillment'),
    fulfillmentData: entry.bytesOrNull('fulfillmentData'),
    reason: entry.bytesOrNull('reason'),
  };
  entry.finish();
  return [transfer.id, transfer];
}
