import { randomBytes, randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { pino, type Logger } from 'pino';
import { decodeHot, encodeHot, partitionOf, subjectsOf, type Answer } from '#contracts';
import { verifyLog, type LogProblem } from '#event-store';
import { BatchedLink, BusConnection } from '#messaging';
import { type Configuration, loadConfiguration, MetricsRegistry } from '#platform';
import { anIlpPayment, aPreimage, logDatabase, type LogDatabase } from '#testing';
import { testNatsUrl } from '../../../test/support/test-nats';
import { LedgerMetrics } from '../src/ledger-metrics';
import { PartitionHost, type PartitionHostParts } from '../src/partition.host';
import { description } from './ledger-stage';

export const PARTITIONS = 64;
/** What a gateway does with a Prepare that nobody answered. */
const REPEAT_MS = 250;

/** Nobody who is merely slow is taken for dead, unless a test is about that. */
const PATIENT = { ledgerStaleAfterMs: 60_000 };

export const configurationWith = (limits: object): Configuration =>
  loadConfiguration({
    env: {},
    document: {
      connector: { address: 'test.causeway' },
      console: { token: 'a-token-of-this-test' },
      limits,
    },
  });

export interface RunningHost {
  readonly host: PartitionHost;
  readonly metrics: MetricsRegistry;
  /** Messages logged at level error. */
  readonly errors: string[];
  /** Partitions in the order in which they came and went. */
  readonly moves: { readonly what: 'taken' | 'going'; readonly partitions: readonly number[] }[];
}

interface Sent {
  readonly entry: Buffer;
  readonly subject: string;
  sentAtMs: number;
}

/** Several ledger processes in one, on a real log and a real bus, and a gateway that repeats. */
export class SharingStage {
  readonly subjects = subjectsOf(`sharing-${randomBytes(4).toString('hex')}`);
  readonly answers = new Map<number, Answer>();
  readonly ledgers: string[] = [];
  private readonly waiting = new Map<number, Sent>();
  private readonly hosts = new Set<PartitionHost>();
  private reference = 0;

  private constructor(
    readonly database: LogDatabase,
    private readonly bus: BusConnection,
    private readonly link: BatchedLink,
  ) {}

  static async open(): Promise<SharingStage> {
    const database = await logDatabase();
    const bus = await BusConnection.connect({ url: testNatsUrl(), name: 'sharing-stage' });
    const stage = new SharingStage(database, bus, new BatchedLink(bus));
    stage.link.listen(stage.subjects.gatewayAnswers('gateway'), {}, (entry) => {
      const answer = decodeHot(entry);
      if (answer.kind !== 'answer') return;
      stage.answers.set(answer.reference, answer);
      stage.waiting.delete(answer.reference);
    });
    return stage;
  }

  async close(): Promise<void> {
    for (const host of this.hosts) await host.stop();
    await this.link.close();
    await this.bus.drain();
    await this.database.drop();
  }

  async start(instanceId: string, more: Partial<PartitionHostParts> = {}): Promise<RunningHost> {
    const errors: string[] = [];
    const moves: RunningHost['moves'] = [];
    const metrics = new MetricsRegistry('ledger');
    const host = new PartitionHost({
      instanceId,
      dataSource: await this.database.connect(instanceId),
      link: this.link,
      subjects: this.subjects,
      configuration: configurationWith(PATIENT),
      metrics: new LedgerMetrics(metrics),
      logger: errorLog(errors),
      clock: Date.now,
      announce: () => undefined,
      announceFigures: () => undefined,
      onTaken: (partitions) => {
        moves.push({ what: 'taken', partitions });
        return Promise.resolve();
      },
      onGoing: (partitions) => {
        moves.push({ what: 'going', partitions });
        return Promise.resolve();
      },
      ...more,
    });
    this.hosts.add(host);
    host.start();
    await host.firstState;
    return { host, metrics, errors, moves };
  }

  async openLedgers(host: PartitionHost, ids: readonly string[]): Promise<void> {
    for (const ledgerId of ids) {
      const wanted = description({ ledgerId, prefix: `test.${ledgerId}.` });
      expect(await host.ensure(wanted)).toEqual({ outcome: 'opened' });
      this.ledgers.push(ledgerId);
    }
  }

  /** A payment that the router refuses: prepared and rejected on the one ledger. */
  pay(ledgerId: string): number {
    const reference = ++this.reference;
    const subject = this.subjects.ledgerPartition(partitionOf(ledgerId, PARTITIONS));
    const entry = encodeHot({
      kind: 'planned-payment',
      replyTo: { gatewayId: 'gateway', reference },
      ledgerId,
      transferId: randomUUID(),
      amount: 10n,
      condition: aPreimage().condition,
      expiresAtMs: Date.now() + 60_000,
      receivedAtMs: Date.now(),
      packet: anIlpPayment(),
      sideDataDigest: null,
      plan: { kind: 'refuse', code: 'F02', triggeredBy: 'test.causeway', message: 'no route' },
    });
    this.waiting.set(reference, { entry, subject, sentAtMs: 0 });
    this.send(reference);
    return reference;
  }

  /** Pays into every ledger, again and again, until it is stopped; then waits for all answers. */
  load(): { stop(): Promise<void> } {
    const over = new AbortController();
    const { signal } = over;
    const paying = (async () => {
      while (!signal.aborted) {
        for (const ledgerId of this.ledgers) this.pay(ledgerId);
        this.repeat();
        await sleep(20);
      }
    })();
    return {
      stop: async () => {
        over.abort();
        await paying;
        await this.allAnswered();
      },
    };
  }

  async allAnswered(withinMs = 40_000): Promise<void> {
    const deadline = Date.now() + withinMs;
    while (this.waiting.size > 0) {
      if (Date.now() > deadline) throw new Error(`${this.waiting.size} are not answered`);
      this.repeat();
      await sleep(20);
    }
  }

  /** Names of the errors that were answered, each once. */
  refusals(): string[] {
    const names = [...this.answers.values()].flatMap(({ error }) => error?.name ?? []);
    return [...new Set(names)].sort();
  }

  async problems(): Promise<LogProblem[]> {
    const problems: LogProblem[] = [];
    for await (const problem of verifyLog(this.database.dataSource, { partitions: PARTITIONS })) {
      problems.push(problem);
    }
    return problems;
  }

  /** Transfers that were not prepared once and rejected once. */
  async crooked(): Promise<unknown[]> {
    return this.database.asSuperuser(
      `SELECT transfer_id, array_agg(type ORDER BY version) FROM ledger_events
       WHERE transfer_id IS NOT NULL GROUP BY transfer_id
       HAVING array_agg(type ORDER BY version) <> ARRAY['TransferPrepared', 'TransferRejected']`,
    );
  }

  private repeat(): void {
    for (const [reference, { sentAtMs }] of this.waiting) {
      if (Date.now() - sentAtMs > REPEAT_MS) this.send(reference);
    }
  }

  private send(reference: number): void {
    const sent = this.waiting.get(reference);
    if (sent === undefined) return;
    sent.sentAtMs = Date.now();
    this.link.send(sent.subject, sent.entry);
  }
}

function errorLog(errors: string[]): Logger {
  const write = (line: string): void => {
    const { msg }: { msg?: unknown } = JSON.parse(line) as object;
    errors.push(String(msg));
  };
  return pino({ level: 'error' }, { write });
}
