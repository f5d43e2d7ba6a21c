import type { Answer } from '#contracts';
import { balanceEntry, limitEntry, resolveBtpError } from '#protocol';
import type { GatewayMetrics } from '../gateway-metrics';
import type { AnswerReceiver } from '../pending-answers';
import type { BtpSession } from '../sessions/btp-session';
import type { PeerLoad } from '../sessions/peer-load';

/** The request of a peer that an answer from the inside is for. */
export interface OwedAnswer {
  readonly session: BtpSession;
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

/** Answers a `balance` or `limit` request with what the ledger says. */
export class BalanceReceipt implements AnswerReceiver {
  constructor(
    private readonly owed: OwedAnswer,
    private readonly what: 'balance' | 'limit',
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
    const { balance, maxBalance } = answer.balance;
    metrics.requests.accepted += 1;
    const entry =
      this.what === 'balance'
        ? balanceEntry(asInt64(balance))
        : limitEntry(maxBalance ?? UNLIMITED);
    session.respond(requestId, [entry]);
  }

  onAbandoned(): void {
    this.owed.load.end();
    this.owed.metrics.requests.unanswered += 1;
  }
}

const MAX_INT64 = 0x7fff_ffff_ffff_ffffn;
const MIN_INT64 = -0x8000_0000_0000_0000n;

/** Said instead of "no limit": digits are what every historic peer can negate and compare. */
const UNLIMITED = MAX_INT64;

/** The wire has 64 bits for a balance; one beyond them is told as the nearest that fits. */
function asInt64(balance: bigint): bigint {
  if (balance > MAX_INT64) return MAX_INT64;
  return balance < MIN_INT64 ? MIN_INT64 : balance;
}
