import { canonicalJson, type JsonObject } from '#eventsourcing';
import { preparedPayload, textOrNull } from './event-payload';
import { AUTHORITIES } from './events';
import type { TransferId } from './identifiers';
import { PayloadReader } from './payload-reader';
import { PRUNED_PACKET } from './pruned-packet';
import { readPrepared } from './read-event-payload';
import { readCompared, readLimits, readThresholds } from './read-terms-payload';
import {
  type LedgerState,
  type Settlement,
  STANDINGS,
  type Sums,
  type Transfer,
  TRANSFER_STATUSES,
} from './state';
import { comparedPayload, limitsPayload, thresholdsPayload } from './terms-payload';
import { UnreadableEventError } from './unreadable-event-error';

/**
 * Names the shape of LedgerState. It must be changed whenever the state gains, loses or changes a
 * member, so that snapshots of the old shape are ignored and the log is replayed instead.
 */
export const SNAPSHOT_SHAPE = 'ledger-state-5';

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
    configuredLimits: limitsPayload(ledger.configuredLimits),
    sums: {
      incomingFulfilled: sums.incomingFulfilled.toString(),
      incomingPrepared: sums.incomingPrepared.toString(),
      outgoingFulfilled: sums.outgoingFulfilled.toString(),
      outgoingPrepared: sums.outgoingPrepared.toString(),
      settledPaid: sums.settledPaid.toString(),
      settledReceived: sums.settledReceived.toString(),
      adjusted: sums.adjusted.toString(),
    },
    standing: ledger.standing,
    thresholds: thresholdsPayload(ledger.thresholds),
    beyond: { low: ledger.beyond.low, high: ledger.beyond.high },
    difference: ledger.difference && comparedPayload(ledger.difference),
    disputed: [...ledger.disputed].sort(),
    agreedBalance: ledger.agreedBalance === null ? null : ledger.agreedBalance.toString(),
    settlements: [...ledger.settlements].sort(byReference).map(settlementJson),
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

function byReference([one]: [string, Settlement], [other]: [string, Settlement]): number {
  return one < other ? -1 : 1;
}

function settlementJson([reference, settlement]: [string, Settlement]): JsonObject {
  if (settlement.kind === 'reversal') return { reference, ...settlement };
  return { reference, ...settlement, amount: settlement.amount.toString() };
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
    authority: state.oneOf('authority', AUTHORITIES),
    limits: readLimits(state),
    configuredLimits: readLimits(state, 'configuredLimits'),
    sums: readSums(state.object('sums')),
    standing: state.oneOf('standing', STANDINGS),
    thresholds: readThresholds(state),
    beyond: readBeyond(state.object('beyond')),
    difference: state.isNull('difference') ? null : readDifference(state.object('difference')),
    disputed: new Set(state.transferIds('disputed')),
    agreedBalance: state.signedAmountOrNull('agreedBalance'),
    settlements: new Map(state.objects('settlements').map(readSettlement)),
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
    settledPaid: sums.amount('settledPaid'),
    settledReceived: sums.amount('settledReceived'),
    adjusted: sums.signedAmount('adjusted'),
  };
  sums.finish();
  return read;
}

function readBeyond(beyond: PayloadReader): LedgerState['beyond'] {
  const read = { low: beyond.boolean('low'), high: beyond.boolean('high') };
  beyond.finish();
  return read;
}

function readDifference(difference: PayloadReader): LedgerState['difference'] {
  const read = readCompared(difference);
  difference.finish();
  return read;
}

function readSettlement(entry: PayloadReader): [string, Settlement] {
  const reference = entry.text('reference');
  const kind = entry.oneOf('kind', ['settlement', 'reversal']);
  const settlement: Settlement =
    kind === 'reversal'
      ? { kind, reverses: entry.text('reverses') }
      : {
          kind,
          direction: entry.oneOf('direction', ['paid', 'received']),
          amount: entry.amount('amount'),
          reversedBy: entry.textOrNull('reversedBy'),
        };
  entry.finish();
  return [reference, settlement];
}

function readEntry(entry: PayloadReader): [TransferId, Transfer] {
  const prepared = entry.object('prepared');
  const { plan, cause, order, sideData, ...agreed } = readPrepared(prepared);
  prepared.finish();
  const transfer: Transfer = {
    id: entry.transferId('id'),
    ...agreed,
    packet: entry.bytesOrNull('packet') ?? PRUNED_PACKET,
    sideData,
    plan,
    cause,
    order,
    status: entry.oneOf('status', TRANSFER_STATUSES),
    fulfillment: entry.bytesOrNull('fulfillment'),
    fulfillmentData: entry.bytesOrNull('fulfillmentData'),
    reason: entry.bytesOrNull('reason'),
  };
  entry.finish();
  return [transfer.id, transfer];
}
