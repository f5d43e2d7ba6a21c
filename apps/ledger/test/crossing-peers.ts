import { randomUUID } from 'node:crypto';
import {
  type Answer,
  decodeHot,
  type Delivery,
  encodeHot,
  type LedgerMessage,
  partitionOf,
  type ReplyTo,
  type Subjects,
} from '#contracts';
import { BatchedLink, BusConnection } from '#messaging';
import { encodeIlp, ilpError } from '#protocol';
import { anIlpPayment, aPreimage } from '#testing';
import { testNatsUrl } from '../../../test/support/test-nats';
import { until } from './ledger-stage';

/** What a gateway does with what nobody answered. */
const REPEAT_MS = 250;
const GATEWAY = 'crossing';
const { condition, fulfillment } = aPreimage();

type Asking = Extract<LedgerMessage, { readonly replyTo: ReplyTo }>;

export interface CrossingPayment {
  readonly from: string;
  readonly to: string;
  readonly incoming: string;
  readonly outgoing: string;
}

/** Peers with a gateway between them and the owners of their ledgers; each step is made by hand. */
export class CrossingPeers {
  readonly deliveries: Delivery[] = [];
  private readonly answers = new Map<number, Answer>();
  private reference = 0;

  private constructor(
    private readonly bus: BusConnection,
    private readonly link: BatchedLink,
    private readonly subjects: Subjects,
  ) {}

  static async open(subjects: Subjects, peers: readonly string[]): Promise<CrossingPeers> {
    const bus = await BusConnection.connect({ url: testNatsUrl(), name: 'crossing-peers' });
    const stage = new CrossingPeers(bus, new BatchedLink(bus), subjects);
    stage.link.listen(subjects.gatewayAnswers(GATEWAY), {}, (entry) => {
      const message = decodeHot(entry);
      if (message.kind === 'answer') stage.answers.set(message.reference, message);
    });
    for (const peer of peers) {
      stage.link.listen(subjects.gatewayPeer(peer), {}, (entry) => {
        const message = decodeHot(Buffer.from(entry));
        if (isDelivery(message)) stage.deliveries.push(message);
      });
    }
    return stage;
  }

  async close(): Promise<void> {
    await this.link.close();
    await this.bus.drain();
  }

  /** Resolves when the owner of the payer's ledger has answered the Prepare. */
  async pay(from: string, to: string, lastsMs = 60_000): Promise<CrossingPayment> {
    const [incoming, outgoing] = [randomUUID(), randomUUID()];
    const expiresAtMs = Date.now() + lastsMs;
    const answer = await this.ask({
      kind: 'planned-payment',
      replyTo: this.replyTo(),
      ledgerId: from,
      transferId: incoming,
      amount: 100n,
      condition,
      expiresAtMs,
      receivedAtMs: Date.now(),
      packet: anIlpPayment(),
      sideDataDigest: null,
      plan: {
        kind: 'forward',
        ledgerId: to,
        transferId: outgoing,
        amount: 99n,
        expiresAtMs: expiresAtMs - 1_000,
      },
    });
    expect(answer.error).toBeNull();
    return { from, to, incoming, outgoing };
  }

  /** Resolves when the owner of the payee's ledger has answered. */
  fulfill({ to, outgoing }: CrossingPayment): Promise<Answer> {
    return this.ask({
      kind: 'peer-fulfilled',
      replyTo: this.replyTo(),
      ledgerId: to,
      transferId: outgoing,
      fulfillment,
      data: null,
      receivedAtMs: Date.now(),
    });
  }

  reject({ to, outgoing }: CrossingPayment): Promise<Answer> {
    const fault = { code: 'F99', triggeredBy: 'test.x', triggeredAtMs: 0, data: 'no' } as const;
    return this.ask({
      kind: 'peer-rejected',
      replyTo: this.replyTo(),
      ledgerId: to,
      transferId: outgoing,
      reason: encodeIlp(ilpError(fault)),
      receivedAtMs: Date.now(),
    });
  }

  async told(kind: Delivery['kind'], transferId: string, withinMs = 30_000): Promise<Delivery> {
    const find = (): Delivery | undefined =>
      this.deliveries.find((one) => one.kind === kind && one.transferId === transferId);
    await until(() => find() !== undefined, `${kind} ${transferId}`, withinMs);
    const found = find();
    if (found === undefined) throw new Error('unreachable');
    return found;
  }

  private async ask(message: Asking): Promise<Answer> {
    const { reference } = message.replyTo;
    let sentAtMs = 0;
    const isAnswered = (): boolean => {
      if (Date.now() - sentAtMs > REPEAT_MS) {
        sentAtMs = Date.now();
        const subject = this.subjects.ledgerPartition(partitionOf(message.ledgerId));
        this.link.send(subject, encodeHot(message));
      }
      return this.answers.has(reference);
    };
    await until(isAnswered, `answer to ${message.kind}`, 30_000);
    const answer = this.answers.get(reference);
    if (answer === undefined) throw new Error('unreachable');
    return answer;
  }

  private replyTo(): ReplyTo {
    return { gatewayId: GATEWAY, reference: ++this.reference };
  }
}

function isDelivery(message: { readonly kind: string }): message is Delivery {
  return message.kind.startsWith('deliver-');
}
