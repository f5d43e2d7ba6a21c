import { randomBytes } from 'node:crypto';
import { pino } from 'pino';
import {
  decodeHot,
  encodeHot,
  partitionOf,
  subjectsOf,
  type Answer,
  type AskPeerBalance,
  type Delivery,
  type HotMessage,
  type LedgerDescription,
  type LedgerFigures,
  type LedgerMessage,
  type ReplyTo,
} from '#contracts';
import { BatchedLink, BusConnection } from '#messaging';
import { loadConfiguration, MetricsRegistry } from '#platform';
import { logDatabase, type LogDatabase } from '#testing';
import { testNatsUrl } from '../../../test/support/test-nats';
import { LedgerMetrics } from '../src/ledger-metrics';
import { PartitionHost } from '../src/partition.host';

const configuration = loadConfiguration({
  env: {},
  document: {
    connector: { address: 'test.causeway' },
    limits: {
      finalTransfersCached: 4,
      queuePerPartition: 100,
      ledgerFiguresMs: 50,
      repeatInsideMs: 2_000,
    },
    console: { token: 'a-token-for-the-console-of-this-test' },
  },
});

/** What a gateway does with what nobody answered. */
const REPEAT_MS = 1_000;

export function description(change: Partial<LedgerDescription> = {}): LedgerDescription {
  return {
    ledgerId: 'alice',
    prefix: 'test.alice.',
    currencyCode: 'USD',
    currencyScale: 9,
    account: 'server',
    peerAccount: 'client',
    authority: 'admin',
    maxBalance: null,
    minBalance: null,
    ...change,
  };
}

/** One ledger process on a real log and a real bus, with a scripted gateway at the other end. */
export class LedgerStage {
  readonly subjects = subjectsOf(`stage-${randomBytes(4).toString('hex')}`);
  readonly answers = new Map<number, Answer>();
  readonly deliveries: Delivery[] = [];
  /** Questions for a peer's balance. */
  readonly balancesAsked: AskPeerBalance[] = [];
  /** What was announced that ledgers can carry, oldest first. */
  readonly figures: LedgerFigures[] = [];
  losses = 0;
  /** Has the ledger process say nothing, and believe that it hears nobody. */
  isCutOff = false;
  private host: PartitionHost | undefined;
  private reference = 0;

  private constructor(
    readonly database: LogDatabase,
    private readonly bus: BusConnection,
    private readonly link: BatchedLink,
  ) {}

  static async open(): Promise<LedgerStage> {
    const database = await logDatabase();
    const bus = await BusConnection.connect({ url: testNatsUrl(), name: 'ledger-stage' });
    const stage = new LedgerStage(database, bus, new BatchedLink(bus));
    stage.listen();
    await stage.start();
    return stage;
  }

  async close(): Promise<void> {
    await this.stop();
    await this.link.close();
    await this.bus.drain();
    await this.database.drop();
  }

  async start(clock: () => number = Date.now): Promise<void> {
    const dataSource = await this.database.connect('ledger');
    this.host = new PartitionHost({
      instanceId: `ledger-${randomBytes(4).toString('hex')}`,
      dataSource,
      link: this.linkOfLedger(),
      subjects: this.subjects,
      configuration,
      metrics: new LedgerMetrics(new MetricsRegistry('ledger')),
      logger: pino({ level: 'silent' }),
      clock,
      announce: () => undefined,
      announceFigures: (figures) => this.figures.push(...figures),
      onTaken: () => Promise.resolve(),
      onGoing: () => Promise.resolve(),
    });
    this.host.start();
    await this.host.firstState;
  }

  /** An orderly end: snapshots are left behind. */
  async stop(): Promise<void> {
    await this.host?.stop();
    this.host = undefined;
  }

  get running(): PartitionHost {
    if (this.host === undefined) throw new Error('the ledger is not running');
    return this.host;
  }

  async openLedgers(...wanted: LedgerDescription[]): Promise<void> {
    for (const one of wanted) await this.running.ensure(one);
  }

  /** Of the last question, for a repetition. */
  get lastReplyTo(): ReplyTo {
    return { gatewayId: 'gateway', reference: this.reference };
  }

  /** Sends a message until it is answered, as gateways do: an owner that lost its writer hears nothing. */
  async ask<M extends Extract<LedgerMessage, { replyTo: unknown }>>(
    message: Omit<M, 'replyTo'>,
  ): Promise<Answer> {
    const reference = ++this.reference;
    const whole = { ...message, replyTo: this.lastReplyTo } as unknown as M;
    let sentAtMs = -Infinity;
    const isAnswered = (): boolean => {
      if (Date.now() - sentAtMs > REPEAT_MS) {
        sentAtMs = Date.now();
        this.tell(whole);
      }
      return this.answers.has(reference);
    };
    await until(isAnswered, `answer to ${whole.kind}`);
    const answer = this.answers.get(reference);
    if (answer === undefined) throw new Error('unreachable');
    return answer;
  }

  tell(message: LedgerMessage): void {
    const subject = this.subjects.ledgerPartition(partitionOf(message.ledgerId));
    this.link.send(subject, encodeHot(message));
  }

  async delivery(kind: Delivery['kind'], transferId: string): Promise<Delivery> {
    const find = () =>
      this.deliveries.find((one) => one.kind === kind && one.transferId === transferId);
    await until(() => find() !== undefined, `${kind} ${transferId}`);
    const found = find();
    if (found === undefined) throw new Error('unreachable');
    return found;
  }

  async events(): Promise<string[]> {
    const rows: { line: string }[] = await this.database.dataSource.query(
      `SELECT ledger_id || ' ' || type AS line FROM ledger_events ORDER BY occurred_at, ledger_id, version`,
    );
    return rows.map(({ line }) => line);
  }

  private linkOfLedger(): BatchedLink {
    const connected = { get: (): boolean => !this.isCutOff };
    return new BatchedLink(Object.create(this.bus, { connected }) as BusConnection);
  }

  private listen(): void {
    const hear = (entry: Buffer): void => {
      this.hear(decodeHot(entry));
    };
    this.link.listen(this.subjects.gatewayAnswers('gateway'), {}, hear);
    for (const peer of ['alice', 'bob'])
      this.link.listen(this.subjects.gatewayPeer(peer), {}, hear);
  }

  private hear(message: HotMessage): void {
    if (message.kind === 'answer') this.answers.set(message.reference, message);
    else if (message.kind === 'ask-peer-balance') this.balancesAsked.push(message);
    else if (
      message.kind === 'deliver-prepare' ||
      message.kind === 'deliver-fulfill' ||
      message.kind === 'deliver-reject'
    )
      this.deliveries.push(message);
  }
}

export async function until(
  holds: () => boolean | Promise<boolean>,
  what: string,
  withinMs = 30_000,
): Promise<void> {
  const deadline = Date.now() + withinMs;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`waited ${withinMs} ms in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
