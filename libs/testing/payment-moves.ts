import fc from 'fast-check';
import {
  type Authority,
  decideChangeLimits,
  type LedgerId,
  type Limits,
  overdueTransfers,
  type PaymentPlan,
  type TransferId,
} from '#domain/ledger';
import {
  acceptPayment,
  type AcceptPayment,
  expirePayment,
  type Outcome,
  resumeLedger,
  settleFulfilled,
  settleRefused,
  settleRejected,
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
/** How many payments there are to choose from on each ledger; few, so that moves meet. */
const PAYMENTS = 3;
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
  | { readonly kind: 'clock'; readonly byMs: number }
  | { readonly kind: 'sweep' }
  | { readonly kind: 'limits'; readonly ledger: number; readonly limits: Limits }
  | { readonly kind: 'resume' }
  | { readonly kind: 'restart' };

export interface NetworkSetup {
  readonly authority: Authority;
  readonly limits: Limits;
}

/** One thing most of the time, now and then another. */
const mostly = <Value>(usual: fc.Arbitrary<Value>, unusual: fc.Arbitrary<Value>) =>
  fc.oneof({ weight: 8, arbitrary: usual }, { weight: 1, arbitrary: unusual });

const rarely = mostly(fc.constant(false), fc.constant(true));

const someLimits: fc.Arbitrary<Limits> = fc.record({
  maxBalance: fc.oneof(fc.constant(null), fc.bigInt(0n, 200n)),
  minBalance: fc.oneof(fc.constant(null), fc.bigInt(-200n, 0n)),
});

const ledger = fc.nat(2);
const which = fc.oneof(fc.nat(1), fc.nat(11));
const lagMs = mostly(fc.constant(0), fc.nat(3_000));

/** Forwarding, ending and time passing are most of life. */
export const aMove: fc.Arbitrary<Move> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('accept' as const),
      from: ledger,
      payment: fc.nat(PAYMENTS - 1),
      to: mostly(ledger, fc.constant(3)),
      amount: mostly(fc.integer({ min: 1, max: 40 }), fc.integer({ min: -1, max: 0 })),
      forwarded: mostly(fc.integer({ min: 1, max: 40 }), fc.constant(0)),
      holdMs: mostly(
        fc.integer({ min: 1_500, max: 10_000 }),
        fc.integer({ min: -100, max: 1_500 }),
      ),
      windowMs: mostly(fc.constant(1_000), fc.integer({ min: -500, max: 1_000 })),
      isRefused: rarely,
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('again' as const), which }) },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('fulfill' as const),
      which,
      lagMs,
      isWrong: rarely,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('reject' as const),
      which,
      lagMs,
      code: fc.constantFrom('F99', 'R00', ''),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('refuse' as const),
      which,
      error: fc.constantFrom('NotAcceptedError', 'AlreadyFulfilledError', 'DuplicateIdError'),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('clock' as const),
      byMs: mostly(fc.nat(6_000), fc.integer({ min: -4_000, max: 0 })),
    }),
  },
  { weight: 3, arbitrary: fc.constant({ kind: 'sweep' as const }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('limits' as const), ledger, limits: someLimits }),
  },
  { weight: 1, arbitrary: fc.constant({ kind: 'resume' as const }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'restart' as const }) },
);

export const aSetup: fc.Arbitrary<NetworkSetup[]> = fc.array(
  fc.record({
    authority: fc.constantFrom<Authority>('admin', 'admin', 'shadow'),
    limits: someLimits,
  }),
  { minLength: 3, maxLength: 3 },
);

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
            const deliveries = resumeLedger(network, each, this.nowMs);
            return { refusal: undefined, deliveries };
          });
      case 'clock':
        this.nowMs += move.byMs;
        return () => [];
      case 'restart':
        network.restart();
        return () => [];
      case 'limits':
        return () => this.changeLimits(move);
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
  private settle(move: Move & { kind: 'fulfill' | 'reject' | 'refuse' }): () => Outcome[] {
    const { network, nowMs } = this;
    const target = this.targets()[move.which];
    if (target === undefined) return () => [];
    if (move.kind === 'refuse') {
      const { error } = move;
      return () => [settleRefused(network, { ...target, error, message: '', nowMs })];
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
        isWaiting: direction === 'outgoing' && status === 'prepared',
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
    const state = this.network.all()[move.ledger];
    const decision = state && decideChangeLimits(state, move);
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
