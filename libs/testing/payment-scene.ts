import type { ForwardPlan, LedgerOpened, LedgerState, Transfer } from '#domain/ledger';
import {
  acceptPayment,
  type AcceptPayment,
  confirmDelivery,
  expirePayment,
  type IncomingPrepare,
  type Outcome,
  settleFulfilled,
  type SettleFulfilled,
  settleRefused,
  type SettleRefused,
  settleRejected,
  type SettleRejected,
  settleUnpaid,
} from '#domain/payment';
import { decodeIlp, encodeIlp, type IlpError, ilpError } from '#protocol';
import {
  aLedgerId,
  anIncoming,
  aPreimage,
  aTransferId,
  ledgerOpened,
  NOON_MS,
} from './ledger-builders';
import { MemoryLedgers } from './memory-ledgers';

export const ALICE = aLedgerId('alice');
export const BOB = aLedgerId('bob');
/** What alice sends us, and what we send bob for it. */
export const INCOMING = aTransferId(1);
export const OUTGOING = aTransferId(2);

type LegOf = 'incoming' | 'outgoing';

const NAMED = {
  incoming: { ledgerId: ALICE, transferId: INCOMING },
  outgoing: { ledgerId: BOB, transferId: OUTGOING },
} as const;

/** 98 units to bob, due a second before what alice sent. */
export function aForwardPlan(change: Partial<ForwardPlan> = {}): ForwardPlan {
  return {
    kind: 'forward',
    ledgerId: BOB,
    transferId: OUTGOING,
    amount: 98n,
    expiresAtMs: NOON_MS + 9_000,
    ...change,
  };
}

/** An ILP error F99 of somebody behind bob. */
export function aRejection(change: Partial<IlpError> = {}): Buffer {
  const error = ilpError({
    code: 'F99',
    triggeredBy: 'test.bob.client.x',
    triggeredAtMs: NOON_MS,
    data: 'no thanks',
  });
  return encodeIlp({ ...error, ...change });
}

/** The ILP error inside a reason. */
export function ilpErrorOf(reason: Buffer | null | undefined): IlpError {
  const packet = decodeIlp(reason ?? Buffer.alloc(0));
  if (packet.type !== 'error') throw new Error(`${packet.type} is no error`);
  return packet;
}

/**
 * Alice and bob, one ledger with each, and what may happen to the one payment between them; every
 * call takes what differs from the ordinary case.
 */
export class PaymentScene {
  readonly ledgers = new MemoryLedgers();
  readonly alice: LedgerState;
  readonly bob: LedgerState;
  private mark: number;

  constructor(ledgers: { alice?: Partial<LedgerOpened>; bob?: Partial<LedgerOpened> } = {}) {
    this.alice = this.ledgers.open(ALICE, ledgerOpened(ledgers.alice));
    this.bob = this.ledgers.open(BOB, ledgerOpened({ prefix: 'test.bob.', ...ledgers.bob }));
    this.mark = this.ledgers.log.length;
  }

  get incoming(): Transfer | undefined {
    return this.alice.transfers.get(INCOMING);
  }

  get outgoing(): Transfer | undefined {
    return this.bob.transfers.get(OUTGOING);
  }

  accept(prepare: Partial<IncomingPrepare> = {}, change: Partial<AcceptPayment> = {}): Outcome {
    return acceptPayment(this.ledgers, {
      ledgerId: ALICE,
      prepare: { ...anIncoming(), direction: 'incoming', plan: aForwardPlan(), ...prepare },
      nowMs: NOON_MS,
      ...change,
    });
  }

  fulfill(change: Partial<SettleFulfilled> = {}): Outcome {
    const { fulfillment } = aPreimage(1);
    const receivedAtMs = NOON_MS + 100;
    const command = { ledgerId: BOB, transferId: OUTGOING, fulfillment, data: null, receivedAtMs };
    return settleFulfilled(this.ledgers, { ...command, ...change });
  }

  reject(change: Partial<SettleRejected> = {}): Outcome {
    const moment = { receivedAtMs: NOON_MS + 100, nowMs: NOON_MS + 100 };
    const command = { ledgerId: BOB, transferId: OUTGOING, reason: aRejection(), ...moment };
    return settleRejected(this.ledgers, { ...command, ...change });
  }

  refuse(error: string, change: Partial<SettleRefused> = {}): Outcome {
    const command = { ledgerId: BOB, transferId: OUTGOING, error, message: 'because' };
    return settleRefused(this.ledgers, { ...command, nowMs: NOON_MS + 100, ...change });
  }

  /** The peer answered what it was sent with a Response. */
  confirm(leg: LegOf, what: 'prepare' | 'fulfill' | 'reject'): void {
    confirmDelivery(this.ledgers, { ...NAMED[leg], what });
  }

  /** Alice answered our Fulfill with an Error. */
  unpaid(error: string): ReturnType<typeof settleUnpaid> {
    const nowMs = NOON_MS + 200;
    return settleUnpaid(this.ledgers, { ...NAMED.incoming, error, message: 'because', nowMs });
  }

  expire(leg: LegOf, nowMs: number, graceMs = 0): Outcome {
    return expirePayment(this.ledgers, { ...NAMED[leg], nowMs, graceMs });
  }

  /** What was recorded since this was last asked, as `ledger: type`. */
  story(): string[] {
    const story = this.ledgers.storySince(this.mark);
    this.mark = this.ledgers.log.length;
    return story;
  }
}

/** Deliveries as `kind ledger`, in order. */
export function told(outcome: Pick<Outcome, 'deliveries'>): string[] {
  return outcome.deliveries.map(({ kind, ledgerId }) => `${kind} ${ledgerId}`);
}
