import {
  balanceOf,
  isOpen,
  isShadow,
  transferId,
  type Authority,
  type TransferId,
} from '#domain/ledger';
import { anIncoming, aPreimage, aRejection, aTransferId } from '#testing';
import { ComparisonStage } from './comparison-stage';

type Direction = 'incoming' | 'outgoing';
/** What is under way between both sides; may overtake one another. */
type Notice =
  | { readonly kind: 'prepare' | 'fulfill' | 'roll-back'; readonly id: TransferId }
  | { readonly kind: 'response' | 'refusal'; readonly id: TransferId }
  | { readonly kind: 'ask'; readonly reference: number }
  | { readonly kind: 'balance'; readonly reference: number; readonly balance: bigint };

interface Dealt {
  readonly direction: Direction;
  readonly amount: bigint;
  atPeer: 'unknown' | 'open' | 'counted' | 'rolled-back';
  /** The time is over by both clocks. */
  isOver: boolean;
}

const { fulfillment } = aPreimage(1);

/**
 * The two sides of one ledger with messages that may take any time and any way: ours is a real one
 * with its comparison, the peer's a simple count. All moves but `part` and `lie` are honest, so that
 * what both have counted is the same once everything has arrived.
 */
export class CountingPeer {
  readonly stage: ComparisonStage;
  /** What the peer adds to its count, seen from our side. */
  lie = 0n;
  private readonly dealt = new Map<TransferId, Dealt>();
  private readonly toPeer: Notice[] = [];
  private readonly toUs: Notice[] = [];
  private heardQuestions = 0;

  constructor(authority: Authority, adoption: 'automatic' | 'operator') {
    this.stage = new ComparisonStage(authority, adoption);
  }

  prepare(direction: Direction, amount: bigint): void {
    const id = aTransferId(this.dealt.size + 1);
    const isOurs = direction === 'outgoing';
    this.dealt.set(id, { direction, amount, atPeer: isOurs ? 'unknown' : 'open', isOver: false });
    if (isOurs) this.hold(id);
    (isOurs ? this.toPeer : this.toUs).push({ kind: 'prepare', id });
  }

  /** Whoever receives the money shows the preimage. */
  fulfill(pick: number): void {
    const id = this.pick(pick, (one) => !one.dealt.isOver && this.isOpenAtReceiver(one.id));
    if (id === undefined) return;
    const { stage } = this;
    const dealt = this.of(id);
    if (dealt.direction === 'outgoing') {
      dealt.atPeer = 'counted';
      this.toUs.push({ kind: 'fulfill', id });
      return;
    }
    const type = isShadow(stage.ledger) ? 'FulfillmentSubmitted' : 'TransferFulfilled';
    stage.happen({ type, transferId: id, fulfillment, data: null });
    const { expiresAtMs } = anIncoming();
    const delivery = { transferId: id, fulfillment, data: null, expiresAtMs } as const;
    const { id: ledgerId } = stage.ledger;
    stage.board.post(
      { kind: 'fulfill', ledgerId, ...delivery, awaitsAuthority: isShadow(stage.ledger) },
      stage.nowMs,
    );
    this.toPeer.push({ kind: 'fulfill', id });
  }

  /** Whoever receives the money gives it back. */
  reject(pick: number): void {
    const id = this.pick(pick, ({ id: one }) => this.isOpenAtReceiver(one));
    if (id === undefined) return;
    if (this.of(id).direction === 'outgoing') {
      this.of(id).atPeer = 'rolled-back';
      this.toUs.push({ kind: 'roll-back', id });
    } else {
      this.rollBack(id);
      this.toPeer.push({ kind: 'roll-back', id });
    }
  }

  /** The time of a transfer that nobody has fulfilled is over, here as there. */
  expire(pick: number): void {
    const id = this.pick(pick, (one) => !one.dealt.isOver && !this.isShown(one.id));
    if (id === undefined) return;
    const dealt = this.of(id);
    dealt.isOver = true;
    dealt.atPeer = 'rolled-back';
    if (this.isOpenHere(id)) this.rollBack(id);
  }

  /** Both sides end a transfer, and not alike. */
  part(pick: number): void {
    const id = this.pick(pick, (one) => this.isShown(one.id) && this.isUnsettled(one.id));
    if (id === undefined) return;
    if (this.of(id).direction === 'outgoing') this.rollBack(id);
    else this.of(id).atPeer = 'rolled-back';
  }

  /** Something that is under way to the peer arrives. */
  arriveThere(pick: number): void {
    const [notice] = this.toPeer.splice(pick % Math.max(1, this.toPeer.length), 1);
    if (notice !== undefined) this.hearThere(notice);
  }

  arriveHere(pick: number): void {
    const [notice] = this.toUs.splice(pick % Math.max(1, this.toUs.length), 1);
    if (notice !== undefined) this.hearHere(notice);
  }

  /** Questions that our side asked set out. */
  carryQuestions(): void {
    const { asked } = this.stage;
    for (; this.heardQuestions < asked.length; this.heardQuestions += 1) {
      const reference = asked[this.heardQuestions]?.reference ?? 0;
      this.toPeer.push({ kind: 'ask', reference });
    }
  }

  /** Everything arrives. */
  settle(): void {
    while (this.toPeer.length + this.toUs.length > 0) {
      this.arriveThere(0);
      this.arriveHere(0);
    }
  }

  /** Ends what is open, and compares when nothing is under way any more. */
  finish(): void {
    this.settle();
    for (let left = this.dealt.size; left > 0; left -= 1) this.expire(0);
    this.settle();
    this.stage.openSession();
    this.carryQuestions();
    this.settle();
  }

  /** By how much the peer will have counted otherwise than we, when all that is under way arrived. */
  get difference(): bigint {
    let difference = this.lie - this.stage.ledger.sums.adjusted;
    for (const [id, { direction, amount }] of this.dealt) {
      const sign = direction === 'incoming' ? 1n : -1n;
      if (this.isCountedThereInTheEnd(id)) difference += sign * amount;
      if (this.isCountedHereInTheEnd(id)) difference -= sign * amount;
    }
    return difference;
  }

  private get figure(): bigint {
    let figure = this.lie;
    for (const { direction, amount, atPeer } of this.dealt.values()) {
      if (atPeer === 'counted') figure += direction === 'incoming' ? amount : -amount;
    }
    return figure;
  }

  private hearThere(notice: Notice): void {
    switch (notice.kind) {
      case 'prepare': {
        const dealt = this.of(notice.id);
        if (dealt.atPeer === 'unknown') dealt.atPeer = 'open';
        if (dealt.atPeer === 'open') this.toUs.push({ kind: 'response', id: notice.id });
        return;
      }
      case 'fulfill': {
        const dealt = this.of(notice.id);
        if (dealt.atPeer === 'open') dealt.atPeer = 'counted';
        const kind = dealt.atPeer === 'counted' ? 'response' : 'refusal';
        this.toUs.push({ kind, id: notice.id });
        return;
      }
      case 'roll-back':
        this.of(notice.id).atPeer = 'rolled-back';
        return;
      case 'ask':
        this.toUs.push({ ...notice, kind: 'balance', balance: -this.figure });
        return;
      default:
        throw new Error(`${notice.kind} is not for the peer`);
    }
  }

  private hearHere(notice: Notice): void {
    switch (notice.kind) {
      case 'prepare':
        if (!this.of(notice.id).isOver) this.hold(notice.id);
        return;
      case 'fulfill':
        if (this.isOpenHere(notice.id)) this.pay(notice.id);
        return;
      case 'roll-back':
        if (this.isOpenHere(notice.id)) this.rollBack(notice.id);
        return;
      case 'response':
      case 'refusal':
        this.hearAnswer(notice.id, notice.kind);
        return;
      case 'balance':
        this.stage.answer(notice.balance, notice.reference);
        return;
      case 'ask':
        throw new Error('the peer asks nothing');
    }
  }

  private hearAnswer(id: TransferId, kind: 'response' | 'refusal'): void {
    const { stage } = this;
    const transfer = stage.ledger.transfers.get(id);
    if (transfer?.direction === 'outgoing') {
      if (transfer.status !== 'proposed') return;
      stage.happen({ type: 'ProposalAccepted', transferId: id });
      return;
    }
    stage.board.confirm(stage.ledger.id, id, 'fulfill');
    if (transfer?.status !== 'submitted') return;
    if (kind === 'response') this.pay(id);
    else this.rollBack(id);
  }

  private hold(id: TransferId): void {
    const { direction, amount } = this.of(id);
    const { condition, expiresAtMs, packet } = anIncoming();
    const held = { transferId: id, amount, condition, expiresAtMs, packet, sideDataDigest: null };
    const isProposed = direction === 'outgoing' && isShadow(this.stage.ledger);
    this.stage.happen(
      isProposed
        ? { type: 'TransferProposed', direction: 'outgoing', ...held }
        : { type: 'TransferPrepared', direction, ...held },
    );
  }

  private pay(id: TransferId): void {
    this.stage.happen({ type: 'TransferFulfilled', transferId: id, fulfillment, data: null });
  }

  private rollBack(id: TransferId): void {
    this.stage.happen({ type: 'TransferRejected', transferId: id, reason: aRejection() });
  }

  private statusHere(id: TransferId): string | undefined {
    return this.stage.ledger.transfers.get(id)?.status;
  }

  private isOpenHere(id: TransferId): boolean {
    const transfer = this.stage.ledger.transfers.get(id);
    return transfer !== undefined && isOpen(transfer);
  }

  private isOpenAtReceiver(id: TransferId): boolean {
    const { direction, atPeer } = this.of(id);
    if (direction === 'outgoing') return atPeer === 'open' && this.isOpenHere(id);
    return this.statusHere(id) === 'prepared' && atPeer === 'open';
  }

  /** Has the receiver shown the preimage? */
  private isShown(id: TransferId): boolean {
    const { direction, atPeer } = this.of(id);
    if (direction === 'outgoing') return atPeer === 'counted';
    const status = this.statusHere(id);
    return status === 'submitted' || status === 'fulfilled';
  }

  /** Shown, and the payer does not know yet. */
  private isUnsettled(id: TransferId): boolean {
    const { direction, atPeer } = this.of(id);
    return direction === 'outgoing' ? this.isOpenHere(id) : atPeer === 'open';
  }

  private isCountedThereInTheEnd(id: TransferId): boolean {
    const { atPeer } = this.of(id);
    return atPeer === 'counted' || (atPeer === 'open' && this.isShown(id));
  }

  private isCountedHereInTheEnd(id: TransferId): boolean {
    const { direction, atPeer } = this.of(id);
    const status = this.statusHere(id);
    if (status === 'fulfilled') return true;
    if (direction === 'outgoing') return this.isOpenHere(id) && atPeer === 'counted';
    return status === 'submitted' && (atPeer === 'open' || atPeer === 'counted');
  }

  private of(id: TransferId): Dealt {
    const dealt = this.dealt.get(id);
    if (dealt === undefined) throw new Error(`${id} was never dealt`);
    return dealt;
  }

  private pick(
    pick: number,
    suits: (one: { id: TransferId; dealt: Dealt }) => boolean,
  ): TransferId | undefined {
    const suited = [...this.dealt]
      .filter(([id, dealt]) => suits({ id, dealt }))
      .map(([id]) => transferId(id));
    return suited[pick % Math.max(1, suited.length)];
  }

  get ours(): bigint {
    return balanceOf(this.stage.ledger.sums);
  }
}
