import type { BatchedLink } from '#messaging';
import {
  type Delivered,
  type DeliverFulfill,
  type DeliverPrepare,
  type DeliverReject,
  type Delivery,
  encodeHot,
} from '#contracts';
import type { GatewayLimits } from '../gateway-limits';
import type { DeliveryEnd, GatewayMetrics } from '../gateway-metrics';
import type { Log } from '../log';
import type { PendingAnswers } from '../pending-answers';
import type { Refusal } from '../sessions/asker';
import type { PeerChannel } from '../sessions/peer-channel';
import { BoundedSet } from './bounded-set';
import type { DeliveryDesk, DeliveryTask } from './delivery-desk';
import { DeliveryMemory } from './delivery-memory';
import { FulfillDelivery } from './fulfill-delivery';
import { PrepareDelivery } from './prepare-delivery';
import { RejectDelivery } from './reject-delivery';

export interface DeliveriesParts {
  readonly session: PeerChannel;
  readonly ledgerId: string;
  /** Where the owner of the ledger listens. */
  readonly ownerSubject: string;
  readonly link: Pick<BatchedLink, 'send'>;
  readonly pending: PendingAnswers;
  readonly limits: GatewayLimits;
  readonly metrics: GatewayMetrics;
  readonly log: Log;
  /** Transfers that the peer may know of; outlives the session. */
  readonly uncertain: BoundedSet;
}

type DeliveryKind = Delivered['what'];

/** What the peer of one session is being told, and what comes of it. Ends with the session. */
export class Deliveries implements DeliveryDesk {
  readonly session: PeerChannel;
  readonly limits: GatewayLimits;
  readonly log: Log;
  private readonly prepares: DeliveryMemory<PrepareDelivery>;
  private readonly fulfills: DeliveryMemory<FulfillDelivery>;
  private readonly rejects: DeliveryMemory<RejectDelivery>;
  /** Sent to the peer, and no Fulfill or Reject has come back yet. */
  private readonly outstanding: BoundedSet;
  private readonly repeats = new Map<DeliveryTask, number>();

  constructor(private readonly parts: DeliveriesParts) {
    this.session = parts.session;
    this.limits = parts.limits;
    this.log = parts.log;
    const remembered = parts.limits.deliveriesRemembered;
    this.prepares = new DeliveryMemory(remembered);
    this.fulfills = new DeliveryMemory(remembered);
    this.rejects = new DeliveryMemory(remembered);
    this.outstanding = new BoundedSet(remembered);
  }

  /** Buffers of the delivery are used up before this returns. */
  deliver(delivery: Delivery, nowMs: number): void {
    if (this.session.isClosed()) return;
    switch (delivery.kind) {
      case 'deliver-prepare':
        this.deliverPrepare(delivery, nowMs);
        return;
      case 'deliver-fulfill':
        this.deliverFulfill(delivery, nowMs);
        return;
      case 'deliver-reject':
        this.deliverReject(delivery, nowMs);
        return;
    }
  }

  /**
   * The peer fulfills or rejects a transfer, so it has it (SPEC §13.7).
   * @returns whether we sent it that transfer and this is the first outcome it tells
   */
  hearOutcome(transferId: string): boolean {
    this.prepares.find(transferId)?.becomeKnown();
    return this.outstanding.delete(transferId);
  }

  sweep(nowMs: number): void {
    for (const [task, dueMs] of this.repeats) {
      if (nowMs < dueMs) continue;
      this.repeats.delete(task);
      task.repeat(nowMs);
    }
  }

  confirm(task: DeliveryTask, end: DeliveryEnd): void {
    const { what, transferId } = task;
    this.parts.metrics.deliveries[end] += 1;
    this.memoryOf(what).confirm(transferId);
    if (what === 'prepare') this.parts.uncertain.delete(transferId);
    this.tellDelivered(transferId, what);
  }

  reportRefusal(task: DeliveryTask, refusal: Refusal, nowMs: number): void {
    const { transferId } = task;
    this.parts.metrics.deliveries.refused += 1;
    this.parts.uncertain.delete(transferId);
    this.outstanding.delete(transferId);
    // Until the owner has taken it in, what it still hands out must not reach the peer again.
    const done = (): void => {
      this.prepares.drop(transferId);
    };
    this.parts.pending.ask({
      subject: this.parts.ownerSubject,
      message: {
        kind: 'peer-refused',
        replyTo: this.parts.pending.replyTo(),
        ledgerId: this.parts.ledgerId,
        transferId,
        error: nameForOwner(refusal),
        message: refusal.message,
        receivedAtMs: nowMs,
      },
      untilMs: nowMs + this.limits.settlingMs,
      receiver: { onAnswer: done, onAbandoned: done },
    });
  }

  reportUnpaid(task: DeliveryTask, refusal: Refusal, nowMs: number): void {
    const { ledgerId, ownerSubject, link } = this.parts;
    const { transferId } = task;
    const { name: error, message } = refusal;
    const report = { ledgerId, transferId, error, message, receivedAtMs: nowMs };
    link.send(ownerSubject, encodeHot({ kind: 'fulfill-refused', ...report }));
    this.drop(task, 'loss-suspected');
  }

  drop(task: DeliveryTask, end: DeliveryEnd): void {
    const { what, transferId } = task;
    this.parts.metrics.deliveries[end] += 1;
    this.memoryOf(what).drop(transferId);
    if (what === 'prepare') this.parts.uncertain.delete(transferId);
  }

  repeatAt(task: DeliveryTask, dueMs: number): void {
    this.repeats.set(task, dueMs);
  }

  markUncertain(transferId: string): void {
    this.parts.uncertain.add(transferId);
  }

  private deliverPrepare(delivery: DeliverPrepare, nowMs: number): void {
    const { transferId, expiresAtMs } = delivery;
    if (this.isRepetition(this.prepares, transferId, 'prepare') || nowMs >= expiresAtMs) return;
    this.outstanding.add(transferId);
    const mightBeKnown = delivery.isRepeated || this.parts.uncertain.has(transferId);
    this.prepares.start(new PrepareDelivery(this, delivery, mightBeKnown));
  }

  private deliverFulfill(delivery: DeliverFulfill, nowMs: number): void {
    if (this.isRepetition(this.fulfills, delivery.transferId, 'fulfill')) return;
    this.fulfills.start(new FulfillDelivery(this, delivery, nowMs));
  }

  private deliverReject(delivery: DeliverReject, nowMs: number): void {
    if (this.isRepetition(this.rejects, delivery.transferId, 'reject')) return;
    this.rejects.start(new RejectDelivery(this, delivery, nowMs));
  }

  /** Answers for itself what was confirmed before: the confirmation may have been lost. */
  private isRepetition(
    memory: DeliveryMemory<DeliveryTask>,
    transferId: string,
    what: DeliveryKind,
  ): boolean {
    const state = memory.stateOf(transferId);
    if (state === 'confirmed') this.tellDelivered(transferId, what);
    return state !== 'new';
  }

  private tellDelivered(transferId: string, what: DeliveryKind): void {
    const { ledgerId, ownerSubject, link } = this.parts;
    link.send(ownerSubject, encodeHot({ kind: 'delivered', ledgerId, transferId, what }));
  }

  private memoryOf(what: DeliveryKind): Pick<DeliveryMemory<DeliveryTask>, 'confirm' | 'drop'> {
    if (what === 'prepare') return this.prepares;
    return what === 'fulfill' ? this.fulfills : this.rejects;
  }
}

/** Is no error of BTP, but ledgers of old say it, and it tells more than what it counts as (SPEC §13.6). */
const ACCOUNT_NOT_FOUND = 'AccountNotFoundError';

function nameForOwner({ name, error }: Refusal): string {
  return error?.name === ACCOUNT_NOT_FOUND ? ACCOUNT_NOT_FOUND : name;
}
