import { randomBytes, randomUUID } from 'node:crypto';
import { type BtpAnswer, conditionOf, encodeIlp, ilpEntry } from '#protocol';
import { BtpPeer, type DialOptions, NothingCameError, type Script } from '#testing';

const DECIDED_WITHIN_MS = 30_000;
/** Less than any connector holds money, with some time for the way. */
const EXPIRES_IN_MS = 9_000;

/** What receivers have told their payers beforehand: the preimage of each condition, base64. */
const agreed = new Map<string, Buffer>();

/** What a repeated Prepare is answered with if its first copy arrived, and the payment is over. */
const OVER = new Set(['AlreadyFulfilledError', 'AlreadyRolledBackError']);

/**
 * Asks again until it is answered, as peers do: whoever is asked may be dying, or slow.
 * @throws NothingCameError
 */
export async function answered(ask: () => Promise<BtpAnswer>, untilMs: number): Promise<BtpAnswer> {
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof NothingCameError) || Date.now() > untilMs) throw error;
    }
  }
}

export interface Payment {
  /** ILP address of the receiver. */
  readonly to: string;
  readonly amount: bigint;
  /** What the receiver is to get; all of it unless told otherwise, which no spread allows. */
  readonly delivers?: bigint;
  /** No longer than the connectors on the way hold money. */
  readonly expiresInMs?: number;
}

/** Takes every transfer whose preimage it knows, and shows it. */
function takes(peer: () => BtpPeer): Script {
  return (request) => {
    if (request.type !== 'prepare') return undefined;
    const { transferId, executionCondition } = request;
    const fulfillment = agreed.get(executionCondition.toString('base64'));
    if (fulfillment === undefined) return undefined;
    const fulfil = () => peer().fulfill({ transferId, fulfillment, protocolData: [] });
    setImmediate(() => {
      // Whether it has arrived, its payer tells.
      answered(fulfil, Date.now() + DECIDED_WITHIN_MS).catch(() => undefined);
    });
    return { respond: [] };
  };
}

/** A peer that is paid, and pays, when it is told to. */
export class PayingPeer {
  private constructor(readonly btp: BtpPeer) {}

  /** One that a connector dials; at `btp.uri`. */
  static async listen(token: string): Promise<PayingPeer> {
    const btp: BtpPeer = await BtpPeer.listen({ token, scripts: [takes(() => btp)] });
    return new PayingPeer(btp);
  }

  static async dial(options: Omit<DialOptions, 'scripts'>): Promise<PayingPeer> {
    const btp: BtpPeer = await BtpPeer.dial({ ...options, scripts: [takes(() => btp)] });
    return new PayingPeer(btp);
  }

  /**
   * Pays, and waits for the outcome.
   * @returns `fulfilled`, `rejected`, or the name of the error that the Prepare was answered with
   * @throws NothingCameError
   */
  async pay(payment: Payment): Promise<string> {
    const { to, amount, delivers = amount, expiresInMs = EXPIRES_IN_MS } = payment;
    const transferId = randomUUID();
    const fulfillment = randomBytes(32);
    const condition = conditionOf(fulfillment);
    agreed.set(condition.toString('base64'), fulfillment);
    const packet = encodeIlp({
      type: 'payment',
      amount: delivers,
      account: to,
      data: Buffer.alloc(0),
    });
    const answer = await this.prepare({
      transferId,
      amount,
      executionCondition: condition,
      expiresAtMs: Date.now() + expiresInMs,
      protocolData: [ilpEntry(packet)],
    });
    if (answer.type === 'error' && !OVER.has(answer.name)) return answer.name;
    const { type } = await this.btp.received.next(
      (one) => (one.type === 'fulfill' || one.type === 'reject') && one.transferId === transferId,
      `outcome of ${transferId}`,
      expiresInMs + DECIDED_WITHIN_MS,
    );
    return type === 'fulfill' ? 'fulfilled' : 'rejected';
  }

  /** From now on it takes a payment whose fulfillment its payer had from it by other ways. */
  expect(fulfillment: Buffer): void {
    agreed.set(conditionOf(fulfillment).toString('base64'), fulfillment);
  }

  close(): Promise<void> {
    return this.btp.close();
  }

  private prepare(transfer: Parameters<BtpPeer['prepare']>[0]): Promise<BtpAnswer> {
    return answered(() => this.btp.prepare(transfer), transfer.expiresAtMs);
  }
}
