import type { Answer } from '#contracts';
import {
  alphaBalanceEntry,
  balanceEntry,
  limitEntry,
  type ProtocolData,
  resolveBtpError,
} from '#protocol';
import type { GatewayMetrics } from '../gateway-metrics';
import type { AnswerReceiver } from '../pending-answers';
import type { AnsweringChannel } from '../sessions/peer-channel';
import type { PeerLoad } from '../sessions/peer-load';
import type { Said } from '../sessions/peer-states';

/** The request of a peer that an answer from the inside is for. */
export interface OwedAnswer {
  readonly session: AnsweringChannel;
  readonly requestId: number;
  readonly load: PeerLoad;
  readonly metrics: GatewayMetrics;
}

/** Passes the verdict of a ledger on a transfer to the peer. */
export class TransferReceipt implements AnswerReceiver {
  constructor(private readonly owed: OwedAnswer) {
    owed.load.begin();
  }

  onAnswer(answer: Answer): void {
    const { session, requestId, load, metrics } = this.owed;
    load.end();
    if (answer.error === null) {
      metrics.requests.accepted += 1;
      session.respond(requestId);
      return;
    }
    const { name, message } = answer.error;
    metrics.requests.refused += 1;
    session.refuse(requestId, resolveBtpError({ name, code: '' }), message);
  }

  /** Silence, not an Error: the command may have been carried out, and an Error would deny it. */
  onAbandoned(): void {
    this.owed.load.end();
    this.owed.metrics.requests.unanswered += 1;
  }
}

/** Reads from what a ledger says of a balance what the peer has asked for, and how we remember that. */
export type BalanceReading = (told: NonNullable<Answer['balance']>) => {
  readonly entry: ProtocolData;
  readonly said: Said;
};

/** Answers a `balance` or `limit` request with what the ledger says. */
export class BalanceReceipt implements AnswerReceiver {
  constructor(
    private readonly owed: OwedAnswer,
    private readonly read: BalanceReading,
    private readonly tell: (said: Said) => void,
  ) {
    owed.load.begin();
  }

  onAnswer(answer: Answer): void {
    const { session, requestId, load, metrics } = this.owed;
    load.end();
    if (answer.balance === null) {
      metrics.requests.refused += 1;
      session.refuse(requestId, 'UnreachableError', answer.error?.message ?? 'no balance known');
      return;
    }
    const { entry, said } = this.read(answer.balance);
    metrics.requests.accepted += 1;
    session.respond(requestId, [entry]);
    this.tell(said);
  }

  onAbandoned(): void {
    this.owed.load.end();
    this.owed.metrics.requests.unanswered += 1;
  }
}

/** BTP/1.0: our own balance, signed. The wire has 64 bits; beyond them the nearest that fits. */
export const ownBalance: BalanceReading = ({ balance }) => {
  const told = within(balance, MIN_INT64, MAX_INT64);
  return { entry: balanceEntry(told), said: { balance: told.toString() } };
};

/** BTP/alpha: the asker's balance, which is never below zero there (SPEC §5.3, §5.6). */
export const askersBalance: BalanceReading = ({ balance }) => {
  const told = within(-balance, 0n, MAX_UINT64);
  return { entry: alphaBalanceEntry(told), said: { askersBalance: told.toString() } };
};

export const ownLimit: BalanceReading = ({ maxBalance }) => ({
  entry: limitEntry(maxBalance ?? UNLIMITED),
  said: { limit: maxBalance?.toString() ?? 'unlimited' },
});

function within(value: bigint, least: bigint, greatest: bigint): bigint {
  if (value < least) return least;
  return value > greatest ? greatest : value;
}

const MAX_UINT64 = 0xffff_ffff_ffff_ffffn;
const MAX_INT64 = 0x7fff_ffff_ffff_ffffn;
const MIN_INT64 = -0x8000_0000_0000_0000n;

/** Said instead of "no limit": digits are what every historic peer can negate and compare. */
const UNLIMITED = MAX_INT64;
