import type { EventReader } from '#event-store';
import type { RecordedEvent } from '#eventsourcing';
import { LedgerBook } from './ledger-book';
import {
  forwardPlanOf,
  keyOf,
  legAfter,
  type LoggedLeg,
  type LoggedPayment,
  recall,
} from './logged-payment';
import { type NotPriced, type PaymentPrice, pricePayment } from './price-payment';
import { RatesBook } from './rates-book';

export interface LogPricing {
  /** Only payments that came in on this ledger. */
  readonly ledger?: string | undefined;
  /** Only payments that came in at this moment or later. */
  readonly sinceMs?: number | undefined;
  /** Called for each payment whose price is another. */
  readonly onDifference: (price: PaymentPrice) => void;
  readonly onProgress?: (events: number, total: number) => void;
}

export interface PricedLog {
  readonly events: number;
  /** Payments whose price was worked out again. */
  readonly priced: number;
  readonly differing: number;
  /** Payments that a validator handed on as they came. */
  readonly relayed: number;
  /** The others, by reason. */
  readonly notPriced: Readonly<Record<NotPriced, number>>;
}

/** The log ends before what was asked for begins. */
export class NothingToPriceError extends Error {
  override readonly name = 'NothingToPriceError';
}

/** Incoming transfers of which the outgoing ones are looked up together. */
const BATCH = 500;

/**
 * Prices every payment of the log again, as it stands when the reading begins. Memory does not grow
 * with the log, but for its ledgers and one line for each version of the rates.
 * @throws NothingToPriceError if there is no such ledger
 */
export async function priceLog(reader: EventReader, request: LogPricing): Promise<PricedLog> {
  return new LogPricer(reader, request).run();
}

class LogPricer {
  private readonly books: { readonly ledgers: LedgerBook; readonly rates: RatesBook };
  private readonly notPriced = { refused: 0, 'before-prices': 0, received: 0, sent: 0 };
  private batch: LoggedLeg[] = [];
  private events = 0;
  private priced = 0;
  private differing = 0;
  private relayed = 0;

  constructor(
    private readonly reader: EventReader,
    private readonly request: LogPricing,
  ) {
    this.books = { ledgers: new LedgerBook(reader), rates: new RatesBook(reader) };
  }

  async run(): Promise<PricedLog> {
    for await (const recorded of this.wanted()) {
      this.take(recorded);
      if (this.batch.length >= BATCH) await this.flush();
    }
    await this.flush();
    const { events, priced, differing, relayed, notPriced } = this;
    return { events, priced, differing, relayed, notPriced };
  }

  private async *wanted(): AsyncGenerator<RecordedEvent, void, undefined> {
    const { reader, request } = this;
    const { ledger: ledgerId } = request;
    if (ledgerId !== undefined) {
      const head = await reader.ledgerHead(ledgerId);
      if (head === undefined) throw new NothingToPriceError(`ledger "${ledgerId}" has no events`);
      yield* this.counted(
        reader.readLedger({ ledgerId, untilVersion: head.version }),
        head.version,
      );
      return;
    }
    const heads = await reader.partitionHeads(await reader.partitionsInUse());
    const total = [...heads.values()].reduce((sum, position) => sum + position, 0);
    for (const [partition, untilPosition] of heads) {
      yield* this.counted(reader.readPartition({ partition, untilPosition }), total);
    }
  }

  private async *counted(
    events: AsyncGenerator<RecordedEvent, void, undefined>,
    total: number,
  ): AsyncGenerator<RecordedEvent, void, undefined> {
    for await (const event of events) {
      this.events += 1;
      this.request.onProgress?.(this.events, total);
      yield event;
    }
  }

  private take(recorded: RecordedEvent): void {
    const { type, occurredAtMs } = recorded;
    if (type !== 'TransferPrepared' && type !== 'TransferProposed') return;
    if (occurredAtMs < (this.request.sinceMs ?? 0)) return;
    const leg = legAfter(undefined, recorded);
    if (leg === undefined) return;
    const isEnd = leg.event.direction === 'outgoing' && leg.event.cause !== undefined;
    // The other half of a payment that is taken where it came in.
    if (!isEnd) this.batch.push(leg);
  }

  private async flush(): Promise<void> {
    const legs = this.batch;
    this.batch = [];
    const keys = legs.flatMap((leg) => forwardPlanOf(leg) ?? []);
    const outgoing = new Map((await recall(this.reader, keys)).map((leg) => [keyOf(leg), leg]));
    for (const leg of legs) {
      const plan = forwardPlanOf(leg);
      const isIncoming = leg.event.direction === 'incoming';
      const payment = {
        incoming: isIncoming ? leg : undefined,
        outgoing: isIncoming ? plan && outgoing.get(keyOf(plan)) : leg,
      };
      this.count(await this.price(payment));
    }
  }

  private async price(payment: LoggedPayment): Promise<PaymentPrice> {
    const price = await pricePayment(payment, this.books);
    if (price.verdict !== 'differs' || payment.incoming === undefined) return price;
    // What became of it is not read of all payments.
    const [incoming] = await recall(this.reader, [payment.incoming]);
    return pricePayment({ ...payment, incoming }, this.books);
  }

  private count(price: PaymentPrice): void {
    const { verdict, reason, isRelayed } = price;
    if (verdict === 'not-priced') {
      if (isNotPriced(reason)) this.notPriced[reason] += 1;
      return;
    }
    if (isRelayed) this.relayed += 1;
    else this.priced += 1;
    if (verdict === 'ok') return;
    this.differing += 1;
    this.request.onDifference(price);
  }
}

const NOT_PRICED: ReadonlySet<unknown> = new Set<NotPriced>([
  'refused',
  'before-prices',
  'received',
  'sent',
]);

function isNotPriced(reason: PaymentPrice['reason']): reason is NotPriced {
  return NOT_PRICED.has(reason);
}
