import type { JsonObject } from '#eventsourcing';
import type { LedgerEvent } from './events';

/**
 * Makes the payload of one schema version into that of the next. It reads old JSON and writes
 * newer JSON; it knows neither today's types nor today's code, so it never has to change again.
 */
export type Upcaster = (payload: JsonObject) => JsonObject;

/**
 * Per type, the way from version 1 to today: entry 0 makes a payload of version 1 into one of
 * version 2, and so on. To change what an event holds: append an upcaster here, change
 * `event-payload` and `read-event-payload`, and add a golden file of the new version beside the
 * old one, which stays. The log itself is never rewritten.
 */
export const UPCASTERS: Readonly<Record<LedgerEvent['type'], readonly Upcaster[]>> = {
  // Version 2 knows two authorities more; what version 1 says means the same.
  LedgerOpened: [(payload) => payload],
  // Version 2 says who: before it, nothing but the configuration ever changed limits.
  LimitsChanged: [(payload) => ({ ...payload, by: 'configuration' })],
  // Version 2 may hold protocol data, version 3 how a plan was priced, version 4 an operator's order;
  // what those before them say means the same.
  TransferPrepared: [(payload) => payload, (payload) => payload, (payload) => payload],
  TransferFulfilled: [],
  TransferRejected: [],
  TransferExpired: [],
  // Version 2 may hold an operator's order; what version 1 says means the same.
  TransferProposed: [(payload) => payload],
  ProposalAccepted: [],
  FulfillmentSubmitted: [],
  BalanceCompared: [],
  LedgerDisputed: [],
  DisputeResolved: [],
  ShadowDiverged: [],
  ShadowReconciled: [],
  LedgerPaused: [],
  LedgerResumed: [],
  LedgerDraining: [],
  LedgerClosed: [],
  ThresholdsChanged: [],
  ThresholdCrossed: [],
  SettlementRequested: [],
  SettlementRecorded: [],
  SettlementReversed: [],
};

/** The version that a chain of upcasters ends at, and that new events are written in. */
export function currentVersion(chain: readonly Upcaster[]): number {
  return chain.length + 1;
}

/** Brings a payload up to date; undefined if the chain does not know the version. */
export function upcast(
  chain: readonly Upcaster[],
  version: number,
  payload: JsonObject,
): JsonObject | undefined {
  if (!Number.isInteger(version) || version < 1 || version > currentVersion(chain)) {
    return undefined;
  }
  return chain.slice(version - 1).reduce((older, step) => step(older), payload);
}
