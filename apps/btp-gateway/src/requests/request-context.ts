import type { LedgerDescription, Subjects } from '#contracts';
import type { SettlementMethod } from '#platform';
import type { GatewayLimits } from '../gateway-limits';
import type { GatewayMetrics } from '../gateway-metrics';
import type { Log } from '../log';
import type { BtpVersion } from '../peer-directory';
import type { PendingAnswers } from '../pending-answers';
import type { AnsweringChannel } from '../sessions/peer-channel';
import type { BroadcastLanes } from './broadcast-lanes';
import type { MessageRelay } from './message-relay';
import type { PeerLoad } from '../sessions/peer-load';
import type { Said } from '../sessions/peer-states';
import type { Clock } from '../sessions/wire';

/** Answers the ILQP packet of a peer with an ILQP response or an ILP error; may fail. */
export type Quoter = (ledgerId: string, packet: Buffer) => Promise<Buffer>;

/** What the handlers of one session's requests work with. */
export interface RequestContext {
  readonly session: AnsweringChannel;
  readonly load: PeerLoad;
  readonly pending: PendingAnswers;
  readonly subjects: Subjects;
  /** Where the owner of the session's ledger listens. */
  readonly ownerSubject: string;
  readonly limits: GatewayLimits;
  readonly metrics: GatewayMetrics;
  readonly log: Log;
  readonly clock: Clock;
  readonly quoter: Quoter;
  /** The way of what the peer says about routes. */
  readonly broadcasts: Pick<BroadcastLanes, 'carry'>;
  /** Whether these are the credentials by which this session was opened. */
  readonly recognises: (username: string, token: string) => boolean;
  /** What of ourselves or of the ledger the peer was just told. */
  readonly tell: (said: Said) => void;
  /** Whether the gateway is shutting down and takes nothing new. */
  readonly isDraining: () => boolean;
  /** A transfer's outcome came from the peer: true if we sent it and this is the first one. */
  readonly hearOutcome: (transferId: string) => boolean;
  /** Undefined while the ledger is not open. */
  readonly ledger: () => LedgerDescription | undefined;
  /** The ledger as far as it is known before both sides have agreed on it. */
  readonly foreknown: LedgerDescription | undefined;
  /** Where we are the validator: the way to the other party. */
  readonly relay: Pick<MessageRelay, 'relay'> | undefined;
  readonly settlementMethods: readonly SettlementMethod[];
  readonly btpVersion: BtpVersion;
}
