import {
  type Authority,
  type ChangeStanding,
  type Decision,
  decideChangeLimits,
  decideChangeStanding,
  decideChangeThresholds,
  isOpen,
  type LedgerEvent,
  type LedgerId,
  type LedgerState,
  type Limits,
  overdueTransfers,
  type PaymentPlan,
  type TransferId,
} from '#domain/ledger';
import {
  acceptPayment,
  type AcceptPayment,
  confirmDelivery,
  expirePayment,
  type Outcome,
  resumeLedger,
  settleFulfilled,
  settleRefused,
  settleRejected,
  settleUnpaid,
} from '#domain/payment';
import { encodeIlp, ilpError } from '#protocol';
import {
  aLedgerId,
  anIlpPayment,
  aPreimage,
  aTransferId,
  ledgerOpened,
  NOON_MS,
} from './ledger-builders';
import { PaymentNetwork } from './payment-network';

const NAMES = ['alice', 'bob', 'carol'].map(aLedgerId);
const GRACE_MS = 500;

/** What may happen to the network. Ledger 3 does not exist. */
export type Move =
  | {
      readonly kind: 'accept';
      readonly from: number;
      readonly payment: number;
      readonly to: number;
      readonly amount: number;
      readonly forwarded: number;
      readonly holdMs: number;
      readonly windowMs: number;
      readonly isRefused: boolean;
    }
  | { readonly kind: 'again'; readonly which: number }
  | {
      readonly kind: 'fulfill';
      readonly which: number;
      readonly lagMs: number;
      readonly isWrong: boolean;
    }
  | {
      readonly kind: 'reject';
      readonly which: number;
      readonly lagMs: number;
      readonly code: string;
    }
  | { readonly kind: 'refuse'; readonly which: number; readonly error: string }
  | { readonly kind: 'confirm'; readonly which: number; readonly what: 'prepare' | 'fulfill' }
  | { readonly kind: 'unpaid'; readonly which: number; readonly error: string }
  | { readonly kind: 'standing'; readonly ledger: number; readonly to: ChangeStanding['to'] }
  | {
      readonly kind: 'thresholds';
      readonly ledger: number;
      readonly low: bigint;
      readonly high: bigint;
    }
  | { readonly kind: 'clock'; readonly byMs: number }
  | { readonly kind: 'sweep' }
  | { readonly kind: 'limits'; readonly ledger: number; readonly limits: Limits }
  | { readonly kind: 'resume' }
  | { readonly kind: 'restart' };

export interface NetworkSetup {
  readonly authority: Authority;
  readonly limits: Limits;
}

type Ending = Move & {
  readonly kind: 'fulfill' | 'reject' | 'refuse' | 'confirm' | 'unpaid';
};

interface Target {
  readonly ledgerId: LedgerId;
  readonly transferId: TransferId;
}

/** The last digits of an id name the payment. */
function paymentOf({ transferId }: Target): number {
  return Number.parseInt(transferId.slice(-2), 16);
}

/** Makes moves on a network and has it audited after each. */
export class NetworkPlayer {
  readonly network = new PaymentNetwork();
  readonly outcomes: Outcome[] = [];
  private nowMs = NOON_MS;
  private readonly accepted: AcceptPayment[] = [];

  constructor(setups: readonly NetworkSetup[]) {
    setups.forEach((setup, index) => {
      const id = NAMES[index] ?? aLedgerId('dave');
      this.network.open(id, ledgerOpened({ prefix: `test.${id}.`, ...setup }));
    });
  }

  /** Makes the move, and once more as it is, which must change nothing more. */
  play(move: Move): void {
    const call = this.callOf(move);
    this.make(call);
    if (move.kind === 'clock' || move.kind === 'restart') return;
    const events = this.network.log.length;
    const losses = this.network.losses.length;
    this.make(call);
    if (this.network.log.length !== events) this.network.faults.push(`${move.kind} happened twice`);
    if (this.network.losses.length !== losses) this.network.faults.push(`${move.kind} lost twice`);
  }

  private make(call: () => Outcome[]): void {
    for (const outcome of call()) {
      this.outcomes.push(outcome);
      this.network.audit(outcome);
    }
  }

  /** What the move means now; which transfer it is about does not change when it is repeated. */
  private callOf(move: Move): () => Outcome[] {
    const { network } = this;
    switch (move.kind) {
      case 'accept':
        this.accepted.push(commandOf(move, this.nowMs));
        return this.prepare(this.accepted.length - 1);
      case 'again':
        return this.prepare(move.which % Math.max(1, this.accepted.length));
      case 'sweep':
        return () => this.sweep();
      case 'resume':
        return () =>
          network.all().map((each) => {
            const news = resumeLedger(network, each, { nowMs: this.nowMs, graceMs: GRACE_MS });
            return { refusal: undefined, ...news };
          });
      case 'clock':
        this.nowMs += move.byMs;
        return () => [];
      case 'restart':
        network.restart();
        return () => [];
      case 'limits':
        return () => this.changeLimits(move);
      case 'standing':
        return () =>
          this.order(move.ledger, (state) =>
            decideChangeStanding(state, { to: move.to, by: 'carol', reason: 'just so' }),
          );
      case 'thresholds': {
        const thresholds = { low: move.low, high: move.high, settleTo: null };
        return () =>
          this.order(move.ledger, (state) =>
            decideChangeThresholds(state, { thresholds, by: 'carol' }),
          );
      }
      default:
        return this.settle(move);
    }
  }

  private prepare(index: number): () => Outcome[] {
    const command = this.accepted[index];
    if (command === undefined) return () => [];
    return () => [acceptPayment(this.network, { ...command, nowMs: this.nowMs })];
  }

  /** Ends one of the transfers there are, chosen by number; what waits to be ended comes first. */
  private settle(move: Ending): () => Outcome[] {
    const { network, nowMs } = this;
    const target = this.targets()[move.which];
    if (target === undefined) return () => [];
    if (move.kind === 'refuse') {
      const { error } = move;
      return () => [settleRefused(network, { ...target, error, message: '', nowMs })];
    }
    if (move.kind === 'confirm') {
      const { what } = move;
      return () => {
        confirmDelivery(network, { ...target, what });
        return [];
      };
    }
    if (move.kind === 'unpaid') {
      const { error } = move;
      return () => [settleUnpaid(network, { ...target, error, message: '', nowMs })];
    }
    const receivedAtMs = nowMs - move.lagMs;
    if (move.kind === 'reject') {
      const reason = reasonOf(move.code);
      return () => [settleRejected(network, { ...target, reason, receivedAtMs, nowMs })];
    }
    const { fulfillment } = aPreimage(move.isWrong ? 99 : paymentOf(target));
    return () => [settleFulfilled(network, { ...target, fulfillment, data: null, receivedAtMs })];
  }

  private targets(): Target[] {
    const targets = this.network.all().flatMap(({ id, transfers }) =>
      [...transfers.values()].map(({ id: transferId, direction, status }) => ({
        ledgerId: id,
        transferId,
        isWaiting: status === 'submitted' || (direction === 'outgoing' && isOpen({ status })),
      })),
    );
    return [
      ...targets.filter(({ isWaiting }) => isWaiting),
      ...targets.filter(({ isWaiting }) => !isWaiting),
    ];
  }

  private sweep(): Outcome[] {
    const { nowMs } = this;
    return this.network.all().flatMap(({ id }) => {
      const ledgerNow = this.network.find(id);
      if (ledgerNow === undefined) return [];
      return overdueTransfers(ledgerNow, nowMs, GRACE_MS).map((transferId) =>
        expirePayment(this.network, { ledgerId: id, transferId, nowMs, graceMs: GRACE_MS }),
      );
    });
  }

  private changeLimits(move: Move & { kind: 'limits' }): Outcome[] {
    const { limits } = move;
    return this.order(move.ledger, (state) => decideChangeLimits(state, { limits, by: 'carol' }));
  }

  private order(
    index: number,
    decide: (state: LedgerState) => Decision<LedgerEvent, unknown>,
  ): Outcome[] {
    const state = this.network.all()[index];
    const decision = state && decide(state);
    if (state !== undefined && decision !== undefined && 'event' in decision) {
      this.network.record(state, decision.event);
    }
    return [];
  }
}

/** Two payers may make us send under the same id: the last digits name the payment alone. */
function commandOf(move: Move & { kind: 'accept' }, nowMs: number): AcceptPayment {
  const expiresAtMs = nowMs + move.holdMs;
  const plan: PaymentPlan = move.isRefused
    ? { kind: 'refuse', code: 'F02', triggeredBy: 'test.x', message: 'no' }
    : {
        kind: 'forward',
        ledgerId: NAMES[move.to] ?? aLedgerId('dave'),
        transferId: aTransferId(0x100 + move.payment),
        amount: BigInt(move.forwarded),
        expiresAtMs: expiresAtMs - move.windowMs,
      };
  return {
    ledgerId: NAMES[move.from] ?? aLedgerId('dave'),
    nowMs,
    prepare: {
      transferId: aTransferId(move.payment),
      direction: 'incoming',
      amount: BigInt(move.amount),
      condition: aPreimage(move.payment).condition,
      expiresAtMs,
      packet: anIlpPayment(BigInt(move.payment)),
      sideDataDigest: null,
      plan,
    },
  };
}

function reasonOf(code: string): Buffer {
  if (code === '') return Buffer.alloc(0);
  const error = ilpError({ code: 'F99', triggeredBy: 'test.x', triggeredAtMs: NOON_MS, data: '' });
  return encodeIlp({ ...error, code });
}
