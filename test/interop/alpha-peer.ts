import { createHash, createHmac, randomBytes, randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type {
  PaymentOrder,
  PaymentOutcome,
  ReceiverBehaviour,
} from '../../apps/causeway/src/demo/historic-peer.messages';
import { type AlphaHandler, AlphaLink, type HistoricEntry } from './alpha-link';
import { BTP_TYPE, historicIlp, type HistoricPacket } from './codec-historic';

export interface AlphaPeerOptions {
  readonly name: string;
  /** Hex; both ends of a payment share it. */
  readonly secret: string;
  readonly prefix: string;
  /** Its name on the ledger: `server` where it administers. */
  readonly account: 'client' | 'server';
  /** Decimal; how much the other side may owe it. */
  readonly maxBalance: string;
}

/** What happened on its receiving side. */
export interface AlphaReceipts {
  redelivered: number;
  /** How wrong fulfillments, and all else that it decided, were answered, by the name in the error. */
  readonly wrongFulfillments: { readonly label: string; readonly answer: string }[];
  readonly refusedAnswers: { readonly label: string; readonly answer: string }[];
}

interface Incoming {
  readonly transferId: string;
  readonly amount: string;
  readonly expiresAt: Date;
  readonly protocolData: readonly HistoricEntry[];
}

type Outcome = Pick<PaymentOutcome, 'outcome' | 'code' | 'name'>;

interface Outgoing {
  readonly amount: bigint;
  readonly condition: string;
  readonly settle: (outcome: Outcome) => void;
}

const IN_TIME_MS = 30_000;
const DONE = { type: BTP_TYPE.ack, data: [] } as const;
const ILP_PAYMENT = 1;
const ILP_ERROR = 8;

/**
 * A peer of BTP/alpha by hand: btp-packet and ilp-packet as they are, and the little that peers of that time did with
 * them. It keeps its own count of what was paid, and does with a payment what the packet's data asks for, as the
 * historic peers of BTP/1.0 here do.
 */
export class AlphaPeer {
  /** Positive: the other side owes it. */
  own = 0n;
  readonly receipts: AlphaReceipts = { redelivered: 0, wrongFulfillments: [], refusedAnswers: [] };
  private readonly incoming = new Map<string, Incoming>();
  private readonly outgoing = new Map<string, Outgoing>();
  private connection: AlphaLink | undefined;

  constructor(private readonly options: AlphaPeerOptions) {}

  get name(): string {
    return this.options.name;
  }

  get link(): AlphaLink {
    if (this.connection === undefined) throw new Error(`the peer ${this.name} is not connected`);
    return this.connection;
  }

  async dial(url: string): Promise<void> {
    this.connection = await AlphaLink.dial(url, this.handle);
  }

  async listen(path: string): Promise<void> {
    this.connection = await AlphaLink.listen(path, this.handle);
  }

  async stop(): Promise<void> {
    await this.connection?.stop();
  }

  /** All at once; resolves when each is decided, in their order. */
  pay(orders: readonly PaymentOrder[]): Promise<PaymentOutcome[]> {
    return Promise.all(orders.map((order) => this.payOne(order)));
  }

  /** Asks by a Message of one entry, and tells the entry of that name in the answer. */
  async inquire(protocolName: string, data: Buffer, ...more: HistoricEntry[]): Promise<Buffer> {
    const entry = { protocolName, contentType: 0, data };
    const answer = await this.link.ask({ type: BTP_TYPE.message, data: [entry, ...more] });
    if (answer.type !== BTP_TYPE.response) throw new Error(`answered by type ${answer.type}`);
    const told = entryOf(answer.data as HistoricEntry[], protocolName);
    if (told === undefined) throw new Error(`the answer does not say ${protocolName}`);
    return told;
  }

  /** Sends a request and tells how it was answered: `done`, or the name in the error. */
  async try(request: Omit<HistoricPacket, 'requestId'>): Promise<string> {
    const answer = await this.link.ask(request);
    return answer.type === BTP_TYPE.error ? reasonIn(answer.data).name : 'done';
  }

  private async payOne(order: PaymentOrder): Promise<PaymentOutcome> {
    const { label, amount, delivers, behaviour, expiresInMs } = order;
    const beganAt = Date.now();
    const { request, condition } = this.prepareFor(order, beganAt + expiresInMs);
    const { transferId } = request.data;
    const decided = new Promise<Outcome>((resolve) => {
      const giveUp = setTimeout(() => {
        resolve({ outcome: 'unresolved' });
      }, expiresInMs + IN_TIME_MS);
      const settle = (outcome: Outcome): void => {
        clearTimeout(giveUp);
        this.outgoing.delete(transferId);
        resolve(outcome);
      };
      this.outgoing.set(transferId, { amount: BigInt(amount), condition, settle });
    });
    const answer = await this.link.ask(request);
    const accepted = answer.type === BTP_TYPE.ack;
    if (!accepted) {
      const { code, name } = reasonIn(answer.data);
      this.outgoing.get(transferId)?.settle({ outcome: 'refused', code, name });
    }
    const asked = behaviour.kind;
    const parts = { label, asked, amount, delivers, accepted, sends: 1 };
    return { ...parts, ...(await decided), latencyMs: Date.now() - beganAt };
  }

  private prepareFor({ label, amount, delivers, to, behaviour }: PaymentOrder, untilMs: number) {
    const data = Buffer.from(JSON.stringify({ label, ...behaviour }));
    const condition = createHash('sha256').update(this.fulfillmentFor(data)).digest('base64url');
    const payment = { amount: delivers, account: to, data: data.toString('base64url') };
    const ilp = historicIlp.serializeIlpPacket({ type: ILP_PAYMENT, data: payment });
    const { prefix, account } = this.options;
    const other = prefix + (account === 'server' ? 'client' : 'server');
    const request = {
      type: BTP_TYPE.prepare,
      data: {
        transferId: randomUUID(),
        amount,
        executionCondition: condition,
        expiresAt: new Date(untilMs),
        protocolData: [
          { protocolName: 'ilp', contentType: 0, data: ilp },
          { protocolName: 'to', contentType: 1, data: Buffer.from(other) },
        ],
      },
    };
    return { request, condition };
  }

  private readonly handle: AlphaHandler = ({ type, data }) => {
    switch (type) {
      case BTP_TYPE.prepare:
        return this.takePrepare(data as Incoming);
      case BTP_TYPE.fulfill:
        return this.takeFulfill(data as { transferId: string; fulfillment: string });
      case BTP_TYPE.reject:
        return this.takeReject(data as { transferId: string });
      default:
        return this.takeMessage(data as HistoricEntry[]);
    }
  };

  private takePrepare(transfer: Incoming): Omit<HistoricPacket, 'requestId'> {
    if (this.incoming.has(transfer.transferId)) this.receipts.redelivered += 1;
    else {
      this.incoming.set(transfer.transferId, transfer);
      this.follow(transfer).catch((error: unknown) => this.link.oddities.push(String(error)));
    }
    return DONE;
  }

  private takeFulfill({ transferId, fulfillment }: { transferId: string; fulfillment: string }) {
    const transfer = this.outgoing.get(transferId);
    if (transfer === undefined) return DONE;
    const preimage = Buffer.from(fulfillment, 'base64url');
    const condition = createHash('sha256').update(preimage).digest('base64url');
    if (condition !== transfer.condition) return this.refusal('InvalidFulfillmentError');
    this.own -= transfer.amount;
    transfer.settle({ outcome: 'fulfilled' });
    return DONE;
  }

  private takeReject(data: { readonly transferId: string }): Omit<HistoricPacket, 'requestId'> {
    const { code, name } = reasonIn(data);
    this.outgoing
      .get(data.transferId)
      ?.settle({ outcome: code === 'R00' ? 'expired' : 'rejected', code, name });
    return DONE;
  }

  /** Who administers the ledger tells the asker what the asker has, and who it is. */
  private takeMessage(entries: readonly HistoricEntry[]): Omit<HistoricPacket, 'requestId'> {
    const [asked] = entries;
    const told = asked === undefined ? undefined : this.told(asked);
    if (asked === undefined || told === undefined) return this.refusal('NotAcceptedError');
    const { protocolName } = asked;
    return { type: BTP_TYPE.response, data: [{ protocolName, ...told }] };
  }

  private told({
    protocolName,
    data,
  }: HistoricEntry): Omit<HistoricEntry, 'protocolName'> | undefined {
    const { prefix, maxBalance } = this.options;
    switch (protocolName) {
      case 'info':
        if (data[0] !== 2) return { contentType: 1, data: Buffer.from(`${prefix}client`) };
        return json({ prefix, currencyCode: 'USD', currencyScale: 9, connectors: [] });
      case 'limit':
        return json(maxBalance);
      case 'balance': {
        const askers = Buffer.alloc(8);
        askers.writeBigUInt64BE(this.own < 0n ? -this.own : 0n);
        return { contentType: 0, data: askers };
      }
      default:
        return undefined;
    }
  }

  private async follow(transfer: Incoming): Promise<void> {
    const ilp = entryOf(transfer.protocolData, 'ilp') ?? Buffer.alloc(0);
    const payment = historicIlp.deserializeIlpPacket(ilp).data as { readonly data: string };
    const data = Buffer.from(payment.data, 'base64url');
    const directive = JSON.parse(data.toString()) as ReceiverBehaviour & { label: string };
    const { label } = directive;
    if (directive.kind === 'ignore') {
      await this.letExpire(transfer);
      return;
    }
    if (directive.kind === 'delay') await sleep(directive.delayMs);
    if (directive.kind === 'wrong-then-right') {
      const answer = await this.try(fulfill(transfer.transferId, randomBytes(32)));
      this.receipts.wrongFulfillments.push({ label, answer });
    }
    await this.decide(transfer, directive, this.fulfillmentFor(data));
  }

  /** Who administers the ledger says so when the time is over. */
  private async letExpire({ transferId, expiresAt }: Incoming): Promise<void> {
    if (this.options.account === 'client') return;
    await sleep(expiresAt.getTime() - Date.now());
    const timedOut = this.ilpError('R00', 'Transfer Timed Out', 'expired');
    await this.try(reject(transferId, timedOut));
  }

  private async decide(
    { transferId, amount }: Incoming,
    directive: ReceiverBehaviour & { readonly label: string },
    fulfillment: Buffer,
  ): Promise<void> {
    const isRejected = directive.kind === 'reject';
    const decision = isRejected
      ? reject(transferId, this.ilpError(directive.code, directive.name, directive.message))
      : fulfill(transferId, fulfillment);
    const answer = await this.try(decision);
    if (answer !== 'done') this.receipts.refusedAnswers.push({ label: directive.label, answer });
    else if (!isRejected) this.own += BigInt(amount);
  }

  private fulfillmentFor(data: Buffer): Buffer {
    return createHmac('sha256', Buffer.from(this.options.secret, 'hex')).update(data).digest();
  }

  private refusal(name: string): Omit<HistoricPacket, 'requestId'> {
    const rejectionReason = this.ilpError('F00', name, 'no');
    return { type: BTP_TYPE.error, data: { rejectionReason, protocolData: [] } };
  }

  private ilpError(code: string, name: string, message: string): Buffer {
    const { prefix, account } = this.options;
    return historicIlp.serializeIlpPacket({
      type: ILP_ERROR,
      data: {
        code,
        name,
        triggeredBy: prefix + account,
        forwardedBy: [],
        triggeredAt: new Date(),
        data: JSON.stringify({ message }),
      },
    });
  }
}

export function fulfill(
  transferId: string,
  fulfillment: Buffer,
): Omit<HistoricPacket, 'requestId'> {
  const data = { transferId, fulfillment: fulfillment.toString('base64url'), protocolData: [] };
  return { type: BTP_TYPE.fulfill, data };
}

function reject(transferId: string, rejectionReason: Buffer): Omit<HistoricPacket, 'requestId'> {
  return { type: BTP_TYPE.reject, data: { transferId, rejectionReason, protocolData: [] } };
}

function json(value: unknown): Omit<HistoricEntry, 'protocolName'> {
  return { contentType: 2, data: Buffer.from(JSON.stringify(value)) };
}

function entryOf(entries: readonly HistoricEntry[], name: string): Buffer | undefined {
  return entries.find(({ protocolName }) => protocolName === name)?.data;
}

/** The ILP error inside an Error or a Reject, as ilp-packet reads it. */
function reasonIn(data: unknown): { readonly code: string; readonly name: string } {
  const { rejectionReason } = data as { readonly rejectionReason: Buffer };
  const packet = historicIlp.deserializeIlpPacket(rejectionReason);
  return packet.data as { code: string; name: string };
}
