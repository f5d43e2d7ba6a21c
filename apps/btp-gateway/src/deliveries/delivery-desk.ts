import type { Delivered } from '#contracts';
import type { GatewayLimits } from '../gateway-limits';
import type { DeliveryEnd } from '../gateway-metrics';
import type { Log } from '../log';
import type { Refusal } from '../sessions/asker';
import type { PeerChannel } from '../sessions/peer-channel';

/** Something the peer of one session has to be told. */
export interface DeliveryTask {
  readonly what: Delivered['what'];
  readonly transferId: string;
  /** Tells it once more. */
  repeat(nowMs: number): void;
}

/** What the three kinds of delivery need. */
export interface DeliveryDesk {
  readonly session: PeerChannel;
  readonly limits: GatewayLimits;
  readonly log: Log;
  /** The peer knows, or never will: the owner of the ledger need not hand it out again. */
  confirm(task: DeliveryTask, end: DeliveryEnd): void;
  /** The peer will not take the transfer: its owner must hear that, and answer. */
  reportRefusal(task: DeliveryTask, refusal: Refusal, nowMs: number): void;
  /** The peer will not pay: its owner hears that, and hands the Fulfill out again until it did. */
  reportUnpaid(task: DeliveryTask, refusal: Refusal, nowMs: number): void;
  /** Ends it without a word to the owner, who may hand it out again. */
  drop(task: DeliveryTask, end: DeliveryEnd): void;
  repeatAt(task: DeliveryTask, dueMs: number): void;
  /** The peer may know of this transfer although it did not say so, also in a later session. */
  markUncertain(transferId: string): void;
}
