import { execFile } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { connectorPartition, eventStream, partitionOf } from '#contracts';
import { encodeEvent, type LedgerEvent } from '#domain/ledger';
import {
  acquirePartitions,
  CheckpointStore,
  ConnectorLog,
  EventReader,
  type PartitionWriter,
  ProjectionRunner,
  SettingsStore,
} from '#event-store';
import { canonicalJson } from '#eventsourcing';
import { BusConnection, EventPublisher } from '#messaging';
import { PeerRegistry } from '#peers';
import { MetricsRegistry } from '#platform';
import { PROJECTIONS } from '#read-models';
import {
  anIncoming,
  aPreimage,
  aTransferId,
  ledgerOpened,
  logDatabase,
  type LogDatabase,
  transferPrepared,
} from '#testing';
import { consoleService } from '../../apps/console/src/console-service';
import { consoleUrl } from '../../apps/console/src/console-url';
import { LedgerMetrics } from '../../apps/ledger/src/ledger-metrics';
import { LogPublisher } from '../../apps/ledger/src/log-publisher';
import { startService, type StartedService } from '../../test/support/started-service';
import { testNatsUrl } from '../../test/support/test-nats';
import type { ConnectorAt } from '../connector-at';

const RUNNER = join(__dirname, '..', '..', 'test', 'support', 'run-typescript.cjs');
const LEDGERS = ['alice', 'bob', 'carol'];
const PARTITIONS = 64;
const TOKEN = 'token-of-the-operator';
export const BEGAN_MS = Date.UTC(2026, 0, 1, 22);
const MINUTE_MS = 60_000;

/** What a program sees of a connector: its log, its stream, filled as it is, and its console. */
export class ConnectorStage {
  private events = 0;
  private transfers = 0;
  private readonly stopping = new AbortController();
  private publishing: Promise<void> | undefined;

  private constructor(
    readonly at: ConnectorAt,
    readonly database: LogDatabase,
    readonly publisher: EventPublisher,
    private readonly own: {
      readonly writer: PartitionWriter;
      readonly console: StartedService;
      readonly bus: BusConnection;
    },
  ) {}

  /** With three ledgers that are open, and nothing else in the log. */
  static async start(): Promise<ConnectorStage> {
    const address = `test.spec-${randomBytes(4).toString('hex')}`;
    const connector = address.replace('.', '-');
    const database = await logDatabase();
    await new SettingsStore(database.dataSource).settle('connector.address', address);
    const partitions = LEDGERS.map((id) => partitionOf(id));
    const writer = await acquirePartitions(database.dataSource, { partitions, connector });
    if (writer === undefined) throw new Error('no partitions');
    const natsUrl = testNatsUrl();
    const bus = await BusConnection.connect({ url: natsUrl, name: 'stage' });
    const console = await startService(consoleService, {
      connector: { address },
      console: { listen: '127.0.0.1:0', token: TOKEN },
      databaseUrl: database.url,
      natsUrl,
    });
    const at = {
      connector,
      natsUrl,
      consoleUrl: consoleUrl(console.app),
      token: TOKEN,
      databaseUrl: database.url,
    };
    const stage = new ConnectorStage(at, database, new EventPublisher(bus), {
      writer,
      console,
      bus,
    });
    for (const id of LEDGERS) await stage.append(id, ledgerOpened({ prefix: `test.${id}.` }));
    stage.publishing = stage.publish([...partitions, connectorPartition()]);
    return stage;
  }

  get stream(): string {
    return eventStream(this.at.connector).name;
  }

  /** So many transfers begin and end, with a settlement now and then, a minute apart. */
  async happen(transfers: number): Promise<void> {
    for (let count = 0; count < transfers; count += 1) {
      const number = (this.transfers += 1);
      const ledger = LEDGERS[number % LEDGERS.length] ?? 'alice';
      const transferId = aTransferId(number);
      const direction = number % 2 === 0 ? 'incoming' : 'outgoing';
      const amount = BigInt(number);
      await this.append(ledger, transferPrepared(anIncoming({ transferId, direction, amount })));
      await this.append(ledger, endOf(number));
      if (number % 10 === 0) await this.append(ledger, settlement(number));
    }
  }

  /** A peer was added: an event that concerns none of the ledgers. */
  async addPeer(id: string): Promise<void> {
    const { dataSource } = this.database;
    const { connector } = this.at;
    const ledger = { currencyCode: 'USD', currencyScale: 9 };
    const document = { id, socket: 'server', token: id, authority: 'shadow', ledger };
    await new PeerRegistry(new ConnectorLog(dataSource, { connector, partitions: PARTITIONS })).add(
      { document, by: 'carol', configured: [], ownHostname: undefined },
    );
    this.events += 1;
  }

  /** Brings the read models to where the log is. */
  async project(): Promise<void> {
    for (const projection of PROJECTIONS) {
      const { dataSource } = this.database;
      await new ProjectionRunner(dataSource, { projection, partitions: PARTITIONS }).catchUp();
    }
  }

  /** Runs the program of an example as an operator would, and returns what it printed. */
  async run(
    example: string,
    words: readonly string[],
  ): Promise<{ readonly code: number; readonly output: string }> {
    const data = mkdtempSync(join(tmpdir(), 'causeway-example-'));
    const { natsUrl, consoleUrl: console, databaseUrl, connector } = this.at;
    const address = connector.replace('-', '.');
    const config = { connector: { address }, console: { token: TOKEN } };
    mkdirSync(join(data, 'run'));
    const running = { natsUrl, console, databaseUrl };
    writeFileSync(join(data, 'run', 'connector.json'), JSON.stringify(running));
    writeFileSync(join(data, 'causeway.yaml'), JSON.stringify(config));
    const program = join(__dirname, '..', example, 'main.ts');
    const files = ['--config', join(data, 'causeway.yaml'), '--data', data];
    try {
      return await new Promise((resolve) => {
        execFile(process.execPath, [RUNNER, program, ...files, ...words], (error, output, said) => {
          resolve({ code: error === null ? 0 : Number(error.code), output: output + said });
        });
      });
    } finally {
      rmSync(data, { recursive: true });
    }
  }

  /** How many events the log holds, and the stream; undefined where there is no stream. */
  async counts(): Promise<{ log: number; stream: number | undefined }> {
    const state = await this.publisher.streams.state(this.stream);
    return { log: this.events, stream: state?.messages };
  }

  async append(ledgerId: string, event: LedgerEvent): Promise<void> {
    const { writer } = this.own;
    const { payload, packet, ...rest } = encodeEvent(event);
    writer.stage({
      ...rest,
      ledgerId,
      partition: partitionOf(ledgerId),
      occurredAtMs: BEGAN_MS + this.events * MINUTE_MS,
      payload: canonicalJson(payload),
      packet,
      packetDigest: packet && createHash('sha256').update(packet).digest(),
    });
    this.events += 1;
    await writer.commit();
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.publishing;
    await this.publisher.streams.drop(this.stream);
    this.publisher.close();
    await this.own.console.stop();
    await this.own.writer.release();
    await this.own.bus.drain();
    await this.database.drop();
  }

  /** As the ledger service does. */
  private publish(partitions: readonly number[]): Promise<void> {
    const { dataSource } = this.database;
    const publisher = new LogPublisher({
      connector: this.at.connector,
      partitions,
      reader: new EventReader(dataSource),
      checkpoints: new CheckpointStore(dataSource),
      ensureStream: () => this.publisher.streams.ensure(eventStream(this.at.connector)),
      publish: (events) => this.publisher.publishBatch(events),
      metrics: new LedgerMetrics(new MetricsRegistry('ledger')),
      logger: pino({ level: 'silent' }),
    });
    return publisher.follow(this.stopping.signal);
  }
}

function endOf(number: number): LedgerEvent {
  const transferId = aTransferId(number);
  const reason = Buffer.alloc(0);
  if (number % 7 === 0) return { type: 'TransferRejected', transferId, reason };
  if (number % 11 === 0) return { type: 'TransferExpired', transferId, reason };
  const { fulfillment } = aPreimage();
  return { type: 'TransferFulfilled', transferId, fulfillment, data: null };
}

function settlement(number: number): LedgerEvent {
  const direction = number % 20 === 0 ? 'received' : 'paid';
  const amount = BigInt(number * 3);
  return { type: 'SettlementRecorded', reference: `S${number}`, direction, amount, by: 'carol' };
}
