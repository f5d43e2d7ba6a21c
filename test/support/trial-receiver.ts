import {
  decodeIlp,
  encodeIlp,
  ilpEntry,
  ilpError,
  type IlpErrorCode,
  type IlpPacket,
  type IlpPayment,
  protocolEntry,
  SUB_PROTOCOL,
} from '#protocol';
import { BtpPeer, type DialOptions, type Reaction, type Script } from '#testing';

/** Whoever should answer a Fulfill may be on its way back from the dead. */
const ANSWERED_WITHIN_MS = 30_000;

/** What somebody behind the peer does with a payment, by the last segment of his address. */
type Manner = 'takes' | 'refuses' | 'sleeps' | 'waits';

/** A payment as the peer was sent it. */
export interface SentPayment {
  readonly transferId: string;
  readonly amount: bigint;
  readonly condition: Buffer;
  readonly expiresAtMs: number;
  readonly packet: IlpPayment;
}

/** A peer with receivers behind it, which knows the fulfillment of every trial and quotes when told to. */
export class TrialReceiver {
  readonly sent: SentPayment[] = [];
  /** What it answers a quote request with; undefined = it does not quote. */
  quotes: ((request: IlpPacket) => IlpPacket) | undefined;

  private constructor(
    readonly btp: BtpPeer,
    private readonly fulfillment: Buffer,
  ) {}

  static async dial(
    options: Omit<DialOptions, 'scripts'>,
    fulfillment: Buffer,
  ): Promise<TrialReceiver> {
    const receiver = new TrialReceiver(await BtpPeer.dial(options), fulfillment);
    receiver.btp.script((request) => receiver.hear(request));
    return receiver;
  }

  /** Shows the fulfillment of a payment that waits. */
  async fulfill({ transferId }: SentPayment, data?: Buffer): Promise<void> {
    const { btp, fulfillment } = this;
    const protocolData =
      data === undefined ? [] : [ilpEntry(encodeIlp({ type: 'fulfillment-data', data }))];
    const requestId = btp.takeRequestId();
    const fulfil = { type: 'fulfill', requestId, transferId, fulfillment, protocolData } as const;
    await btp.ask(fulfil, ANSWERED_WITHIN_MS);
  }

  private hear(request: Parameters<Script>[0]): Reaction | undefined {
    const entry = protocolEntry(request.protocolData, SUB_PROTOCOL.ilp);
    if (entry === undefined) return undefined;
    const packet = decodeIlp(entry.data);
    if (request.type === 'message') {
      if (this.quotes === undefined) return { error: 'NotAcceptedError' };
      return { respond: [ilpEntry(encodeIlp(this.quotes(packet)))] };
    }
    if (request.type !== 'prepare' || packet.type !== 'payment') return undefined;
    const { transferId, amount, executionCondition: condition, expiresAtMs } = request;
    const payment = { transferId, amount, condition, expiresAtMs, packet };
    this.sent.push(payment);
    setImmediate(() => void this.actOn(payment));
    return { respond: [] };
  }

  private async actOn(payment: SentPayment): Promise<void> {
    const manner = payment.packet.account.split('.').at(-1) as Manner;
    if (manner === 'takes') await this.fulfill(payment, Buffer.from('thanks'));
    if (manner === 'refuses') await this.reject(payment, 'F05');
  }

  private async reject({ transferId, packet }: SentPayment, code: IlpErrorCode): Promise<void> {
    const error = ilpError({
      code,
      triggeredBy: packet.account,
      triggeredAtMs: Date.now(),
      data: 'not my condition',
    });
    const reason = encodeIlp({ ...error, forwardedBy: ['test.far.connie'] });
    await this.btp.reject({ transferId, protocolData: [ilpEntry(reason)] });
  }
}
