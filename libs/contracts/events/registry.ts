import type { LedgerEvent } from '#domain/ledger';
import type { PeeringEvent } from '#domain/peering';
import type { RatesEvent } from '#domain/rates';
import * as connector from './connector-events';
import type { EventSchema } from './event-schema';
import * as ledger from './ledger-events';
import * as rates from './rates-events';
import * as settlement from './settlement-events';
import * as transfer from './transfer-events';

/**
 * Every version of every type of event that a subscriber may meet: entry 0 is version 1. A version
 * is a promise: once released it never changes and never goes, for the log keeps its events for
 * ever; something new is a new version. `docs/events/versions.lock.json` holds us to that.
 */
export const EVENT_SCHEMAS: Readonly<
  Record<(LedgerEvent | PeeringEvent | RatesEvent)['type'], readonly EventSchema[]>
> = {
  LedgerOpened: [ledger.OPENED_V1, ledger.OPENED_V2],
  LimitsChanged: [ledger.LIMITS_CHANGED_V1, ledger.LIMITS_CHANGED_V2],
  TransferPrepared: [
    transfer.PREPARED_V1,
    transfer.PREPARED_V2,
    transfer.PREPARED_V3,
    transfer.PREPARED_V4,
  ],
  TransferFulfilled: [transfer.FULFILLED],
  TransferRejected: [transfer.REJECTED],
  TransferExpired: [transfer.EXPIRED],
  TransferProposed: [transfer.PROPOSED_V1, transfer.PROPOSED_V2],
  ProposalAccepted: [transfer.ACCEPTED],
  FulfillmentSubmitted: [transfer.SUBMITTED],
  BalanceCompared: [ledger.COMPARED],
  LedgerDisputed: [ledger.DISPUTED],
  DisputeResolved: [ledger.DISPUTE_RESOLVED],
  ShadowDiverged: [ledger.DIVERGED],
  ShadowReconciled: [ledger.RECONCILED],
  LedgerPaused: [ledger.PAUSED],
  LedgerResumed: [ledger.RESUMED],
  LedgerDraining: [ledger.DRAINING],
  LedgerClosed: [ledger.CLOSED],
  ThresholdsChanged: [settlement.THRESHOLDS_CHANGED],
  ThresholdCrossed: [settlement.THRESHOLD_CROSSED],
  SettlementRequested: [settlement.SETTLEMENT_REQUESTED],
  SettlementRecorded: [settlement.SETTLEMENT_RECORDED],
  SettlementReversed: [settlement.SETTLEMENT_REVERSED],
  PeerAdded: [connector.PEER_ADDED],
  PeerTokenRotated: [connector.PEER_TOKEN_ROTATED],
  PeerRemoved: [connector.PEER_REMOVED],
  PeeringProposed: [connector.PEERING_PROPOSED],
  RatesPublished: [rates.RATES_PUBLISHED],
  RatesSet: [rates.RATES_SET],
  RatesConfirmed: [rates.RATES_CONFIRMED],
  RatesWithdrawn: [rates.RATES_WITHDRAWN],
  RatesRestored: [rates.RATES_RESTORED],
};

/** One version with its name, as `LedgerOpened.v2`. */
export interface NamedSchema extends EventSchema {
  readonly type: string;
  readonly version: number;
  readonly name: string;
}

/** All of them, in the order of the registry. */
export function namedSchemas(): readonly NamedSchema[] {
  return Object.entries(EVENT_SCHEMAS).flatMap(([type, versions]) =>
    versions.map((schema, index) => ({
      ...schema,
      type,
      version: index + 1,
      name: `${type}.v${index + 1}`,
    })),
  );
}
