import { createHash, randomBytes } from 'node:crypto';
import {
  DEFAULT_PARTITIONS,
  partitionOf,
  type PaymentOrderQuestion,
  type PaymentOrderReply,
  type PriceReply,
  type QuoteExplained,
  readPaymentOrder,
  subjectsOf,
} from '#contracts';
import { encodeEvent, type LedgerEvent, transferId } from '#domain/ledger';
import { openWriter, ProjectionRunner } from '#event-store';
import { canonicalJson } from '#eventsourcing';
import { BusConnection, ControlListener, type Listening } from '#messaging';
import { PROJECTIONS } from '#read-models';
import { ledgerOpened, logDatabase, type LogDatabase } from '#testing';
import { startService, type StartedService } from '../../../test/support/started-service';
import { testNatsUrl } from '../../../test/support/test-nats';
import { consoleService } from '../src/console-service';
import { consoleUrl } from '../src/console-url';

const CAROLS = 'token-of-carol';
const NOON_MS = Date.parse('2026-11-23T12:00:00.000Z');

const PRICE: PriceReply = {
  sourceAmount: '111',
  destinationAmount: '100',
  pricedBy: 'quote',
  instead: null,
};
const end = { ledger: null, currency: null, scale: null, units: null, amount: null };
/** What the quoter answers whoever asks for a quote. */
export const EXPLAINED: QuoteExplained = {
  ...{ from: 'alice', to: 'test.bob.x', asked: 'liquidity', refused: null },
  ...{ source: end, destination: end, destinationHoldMs: 5000, sourceHoldMs: 6000 },
  ...{ curve: [['1', '0']], appliesToPrefix: 'test.bob.', expiresAt: null, exchange: null },
  ...{ rates: { state: 'fresh', version: 3 }, route: null, answeredBy: { kind: 'tables' } },
};

export interface Answered {
  readonly status: number;
  readonly body: unknown;
}

/** The console on PostgreSQL and NATS, with two ledgers; quoter and ledger service say what is scripted. */
export class PaymentsStage {
  /** What the other services heard. */
  readonly priced: unknown[] = [];
  readonly ordered: PaymentOrderQuestion[] = [];
  readonly quoted: unknown[] = [];
  /** How they answer. */
  price: () => Promise<PriceReply> = () => Promise.resolve(PRICE);
  obey: (order: PaymentOrderQuestion) => Promise<PaymentOrderReply> = () =>
    Promise.resolve({ outcome: 'unavailable' });
  private listening: Listening[] = [];

  private constructor(
    private readonly connector: string,
    private readonly database: LogDatabase,
    private readonly service: StartedService,
    private readonly bus: BusConnection,
  ) {}

  static async open(): Promise<PaymentsStage> {
    const connector = `test.spec-${randomBytes(4).toString('hex')}`;
    const database = await logDatabase();
    const bus = await BusConnection.connect({ url: testNatsUrl(), name: 'payments-spec' });
    const usd = { currencyCode: 'USD', currencyScale: 2 };
    const put = (id: string, event: LedgerEvent): Promise<void> =>
      record(database, connector, { ledgerId: id, events: [event] });
    await put('alice', ledgerOpened({ prefix: 'test.alice.', ...usd }));
    await put('bob', ledgerOpened({ prefix: 'test.bob.', ...usd, currencyScale: 4 }));
    for (const projection of PROJECTIONS) {
      const partitions = DEFAULT_PARTITIONS;
      await new ProjectionRunner(database.dataSource, { projection, partitions }).catchUp();
    }
    const service = await startService(consoleService, {
      connector: { address: connector, maxHoldTimeMs: 8_000 },
      console: {
        listen: '127.0.0.1:0',
        token: 'token-of-everybody',
        operators: [{ name: 'carol', token: CAROLS }],
      },
      databaseUrl: database.url,
      natsUrl: testNatsUrl(),
    });
    return new PaymentsStage(connector, database, service, bus);
  }

  /** The other services are there, have heard nothing, and do as they are asked. */
  async begin(): Promise<void> {
    this.forget();
    this.price = () => Promise.resolve(PRICE);
    this.obey = async (order) => {
      await this.record(order.ledgerId, prepared(order));
      return { outcome: 'done' };
    };
    const subjects = subjectsOf(this.service.context.configuration.connector.slug);
    const listener = new ControlListener(this.bus);
    this.listening = [
      listener.listen(subjects.quoterPrice, (question) => {
        this.priced.push(question);
        return this.price();
      }),
      listener.listen(subjects.quoterExplain, (question) => {
        this.quoted.push(question);
        return Promise.resolve(EXPLAINED);
      }),
      listener.listen(subjects.ledgerPay, (written) => {
        const order = readPaymentOrder(written);
        this.ordered.push(order);
        return this.obey(order);
      }),
    ];
    await this.bus.roundTrip(10_000);
  }

  /** What was heard is heard no more. */
  forget(): void {
    for (const heard of [this.priced, this.ordered, this.quoted]) heard.splice(0);
  }

  async end(): Promise<void> {
    await Promise.all(this.listening.map((one) => one.stop()));
  }

  async close(): Promise<void> {
    await this.service.stop();
    await this.bus.drain();
    await this.database.drop();
  }

  async ask(path: string, body?: object, token = CAROLS): Promise<Answered> {
    const response = await fetch(`${consoleUrl(this.service.app)}/api/${path}`, {
      method: body === undefined ? 'GET' : 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: response.status, body: await response.json() };
  }

  /** As the owner of the ledger would put it on record. */
  record(ledgerId: string, ...events: readonly LedgerEvent[]): Promise<void> {
    return record(this.database, this.connector, { ledgerId, events });
  }
}

async function record(
  { dataSource }: LogDatabase,
  connector: string,
  { ledgerId, events }: { readonly ledgerId: string; readonly events: readonly LedgerEvent[] },
): Promise<void> {
  const writer = await openWriter(dataSource, { connector });
  try {
    const partition = partitionOf(ledgerId);
    await writer.take([partition], 1);
    for (const event of events) {
      const { type, schemaVersion, transferId: id, payload, packet } = encodeEvent(event);
      writer.stage({
        ...{ ledgerId, partition, type, schemaVersion, transferId: id, packet },
        occurredAtMs: NOON_MS,
        payload: canonicalJson(payload),
        packetDigest: packet && createHash('sha256').update(packet).digest(),
      });
    }
    await writer.commit();
  } finally {
    await writer.release();
  }
}

/** The order as it comes on record. */
function prepared(order: PaymentOrderQuestion): LedgerEvent {
  const { amount, condition, packet, by, memo, pricedBy } = order;
  return {
    type: 'TransferPrepared',
    transferId: transferId(order.transferId),
    direction: 'outgoing',
    ...{ amount, condition, packet },
    expiresAtMs: NOON_MS + 10_000,
    sideDataDigest: null,
    order: { by, memo, pricedBy },
  };
}
