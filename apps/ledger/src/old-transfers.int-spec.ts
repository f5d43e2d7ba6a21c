import {
  decodeHot,
  partitionOf,
  subjectsOf,
  type PeerFulfilled,
  type PeerRejected,
  type PlannedPayment,
} from '#contracts';
import { ledgerId, type LedgerState } from '#domain/ledger';
import { acquirePartitions, EventReader, type PartitionWriter } from '#event-store';
import {
  anIlpPayment,
  aPreimage,
  aTransferId,
  ledgerOpened,
  logDatabase,
  NOON_MS,
  type LogDatabase,
} from '#testing';
import { encodeIlp } from '#protocol';
import { CommandDesk } from './command-desk';
import { CommandLoop } from './command-loop';
import { CommandQueue } from './command-queue';
import { DeliveryBoard } from './delivery-board';
import { ErrandBoard } from './errand-board';
import { LedgerBook } from './ledger-book';
import type { LoopCommand } from './loop-command';
import { recallForgotten } from './recall';
import { recoverLedgers } from './recover-ledgers';

const PAYMENTS = 2_540;
const CACHED = 100;
const BATCH = 256;
const PARTITIONS = Array.from({ length: 64 }, (_, partition) => partition);
const LONG_AFTER_MS = NOON_MS + 30 * 24 * 3_600_000;
const REPLY_TO = { gatewayId: 'gateway', reference: 0 };

type Asked = PlannedPayment | PeerFulfilled | PeerRejected;

const incomingId = (number: number) => aTransferId(2 * number);
const outgoingId = (number: number) => aTransferId(2 * number + 1);

/** Of ten payments eight are fulfilled, one is rejected, one is left to expire. */
function endingOf(number: number): 'fulfilled' | 'rejected' | 'expired' {
  if (number % 10 === 9) return 'rejected';
  return number % 10 === 8 ? 'expired' : 'fulfilled';
}

function planned(number: number): PlannedPayment {
  return {
    kind: 'planned-payment',
    replyTo: REPLY_TO,
    ledgerId: 'alice',
    transferId: incomingId(number),
    amount: 100n,
    condition: aPreimage(number).condition,
    expiresAtMs: NOON_MS + 10_000,
    receivedAtMs: NOON_MS,
    packet: anIlpPayment(BigInt(number)),
    sideDataDigest: null,
    plan: {
      kind: 'forward',
      ledgerId: 'bob',
      transferId: outgoingId(number),
      amount: 99n,
      expiresAtMs: NOON_MS + 9_000,
    },
  };
}

function fulfilled(number: number, change: Partial<PeerFulfilled> = {}): PeerFulfilled {
  return {
    kind: 'peer-fulfilled',
    replyTo: REPLY_TO,
    ledgerId: 'bob',
    transferId: outgoingId(number),
    fulfillment: aPreimage(number).fulfillment,
    data: null,
    receivedAtMs: NOON_MS,
    ...change,
  };
}

const reason = encodeIlp({
  type: 'error',
  code: 'F99',
  name: 'Application Error',
  triggeredBy: 'test.bob.client',
  forwardedBy: [],
  triggeredAtMs: NOON_MS,
  data: Buffer.from('no'),
});

function rejected(number: number, change: Partial<PeerRejected> = {}): PeerRejected {
  return {
    kind: 'peer-rejected',
    replyTo: REPLY_TO,
    ledgerId: 'bob',
    transferId: outgoingId(number),
    reason,
    receivedAtMs: NOON_MS,
    ...change,
  };
}

/** The ledger service's own parts around a real log; its clock is the test's. */
class Owner {
  readonly queue = new CommandQueue<LoopCommand>(1_000_000);
  readonly board = new DeliveryBoard();
  nowMs = NOON_MS;
  losses = 0;
  mostInMemory = 0;
  private readonly heard = new Map<number, (error: string | null) => void>();
  private readonly book: LedgerBook;
  private reference = 0;
  private running: Promise<void> = Promise.resolve();

  constructor(
    private readonly writer: PartitionWriter,
    private readonly reader: EventReader,
  ) {
    this.book = new LedgerBook({
      stage: (event) =>
        this.writer.stage({ ...event, partition: partitionOf(event.ledgerId) }).version,
      finalTransfersCached: CACHED,
      shadowExpiryGraceMs: 0,
    });
  }

  async open(): Promise<void> {
    this.book.stamp(this.nowMs);
    for (const id of ['alice', 'bob']) {
      this.book.open(ledgerId(id), ledgerOpened({ prefix: `test.${id}.` }));
    }
    await this.writer.commit();
  }

  async recover(): Promise<void> {
    const ledgers = recoverLedgers({
      reader: this.reader,
      snapshots: { load: () => Promise.resolve(new Map()) },
      owns: () => true,
      finalTransfersCached: CACHED,
    });
    for await (const { ledger, forgetful } of ledgers) this.book.adopt(ledger, forgetful);
  }

  start(): void {
    const desk = this.desk();
    const loop = new CommandLoop({
      queue: this.queue,
      commit: () => this.writer.commit(),
      recall: (batch) => recallForgotten(batch, this.book, this.reader),
      decide: (command, nowMs, effects) => {
        desk.decide(command, nowMs, effects);
      },
      decided: () => {
        this.mostInMemory = Math.max(this.mostInMemory, this.inMemory());
        this.book.forgetOld();
      },
      send: (_subject, entry) => {
        this.hear(entry);
      },
      clock: () => this.nowMs,
      batchCommands: BATCH,
      committed: () => undefined,
    });
    this.running = loop.run();
  }

  /** The name of the BTP error, or null for a Response. */
  ask(message: Asked): Promise<string | null> {
    const reference = ++this.reference;
    return new Promise((resolve) => {
      this.heard.set(reference, resolve);
      this.queue.offer({ ...message, replyTo: { ...REPLY_TO, reference } });
    });
  }

  ledger(id: 'alice' | 'bob'): LedgerState {
    const ledger = this.book.find(ledgerId(id));
    if (ledger === undefined) throw new Error(`${id} is not there`);
    return ledger;
  }

  inMemory(): number {
    return this.ledger('alice').transfers.size + this.ledger('bob').transfers.size;
  }

  async stop(): Promise<void> {
    this.queue.close();
    await this.running;
    await this.writer.release();
  }

  private desk(): CommandDesk {
    return new CommandDesk({
      book: this.book,
      board: this.board,
      errands: new ErrandBoard(),
      subjects: subjectsOf('old'),
      partitions: PARTITIONS.length,
      observer: {
        loss: () => (this.losses += 1),
        decided: () => undefined,
        ownerSilent: () => undefined,
        ledgersChanged: () => undefined,
        limitsKept: () => undefined,
      },
    });
  }

  /** Peers answer every delivery at once. */
  private hear(entry: Buffer): void {
    const message = decodeHot(entry);
    if (message.kind === 'answer') {
      this.heard.get(message.reference)?.(message.error?.name ?? null);
      this.heard.delete(message.reference);
      return;
    }
    if (!('transferId' in message) || !message.kind.startsWith('deliver-')) return;
    const { ledgerId, transferId } = message;
    const what = message.kind === 'deliver-prepare' ? 'prepare' : 'reject';
    const said = message.kind === 'deliver-fulfill' ? 'fulfill' : what;
    this.queue.offer({ kind: 'delivered', ledgerId, transferId, what: said });
  }
}

let database: LogDatabase;
let owner: Owner;

async function anOwner(): Promise<Owner> {
  const partitions = { partitions: PARTITIONS, connector: 'test.old' };
  const writer = await acquirePartitions(database.dataSource, partitions);
  if (writer === undefined) throw new Error('somebody else holds the log');
  return new Owner(writer, new EventReader(database.dataSource));
}

async function pay(numbers: readonly number[]): Promise<void> {
  const accepted = await Promise.all(numbers.map((number) => owner.ask(planned(number))));
  const ended = numbers.flatMap((number) => {
    const ending = endingOf(number);
    if (ending === 'expired') return [];
    return [owner.ask(ending === 'fulfilled' ? fulfilled(number) : rejected(number))];
  });
  const answers = [...accepted, ...(await Promise.all(ended))];
  if (answers.some((error) => error !== null)) throw new Error(`refused: ${answers.join()}`);
}

async function eventually(holds: () => boolean): Promise<void> {
  for (let waited = 0; !holds(); waited += 5) {
    if (waited > 30_000) throw new Error('waited in vain');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

const openTransfers = (): number =>
  [...owner.ledger('alice').transfers.values(), ...owner.ledger('bob').transfers.values()].filter(
    ({ status }) => status === 'prepared',
  ).length;

const every = Array.from({ length: PAYMENTS }, (_, number) => number);
/** Scattered over the whole history, and all endings among them. */
const asked = every.filter((number) => number % 50 === 8 || number % 7 === 3);

beforeAll(async () => {
  database = await logDatabase();
  owner = await anOwner();
  await owner.open();
  owner.start();
  for (let from = 0; from < PAYMENTS; from += BATCH) await pay(every.slice(from, from + BATCH));
  owner.nowMs = LONG_AFTER_MS;
  owner.queue.offer({ kind: 'expire-due' });
  await eventually(() => openTransfers() === 0 && owner.board.size === 0);
});
afterAll(async () => {
  await owner.stop();
  await database.drop();
});

const rolledBackOr = (number: number, whenFulfilled: string | null): string | null =>
  endingOf(number) === 'fulfilled' ? whenFulfilled : 'AlreadyRolledBackError';

const repetitions: [string, (number: number) => Asked, (number: number) => string | null][] = [
  ['the same Prepare', planned, (n) => rolledBackOr(n, 'AlreadyFulfilledError')],
  [
    'a Prepare of another amount',
    (n) => ({ ...planned(n), amount: 101n }),
    () => 'DuplicateIdError',
  ],
  [
    'a Prepare under another condition',
    (n) => ({ ...planned(n), condition: aPreimage(n + 1).condition }),
    () => 'DuplicateIdError',
  ],
  [
    'a Prepare with another packet',
    (n) => ({ ...planned(n), packet: anIlpPayment(BigInt(n) + 1n) }),
    () => 'DuplicateIdError',
  ],
  [
    'a Prepare with another expiry',
    (n) => ({ ...planned(n), expiresAtMs: LONG_AFTER_MS + 5_000 }),
    () => 'DuplicateIdError',
  ],
  ['the same Fulfill', fulfilled, (n) => rolledBackOr(n, null)],
  [
    'a Fulfill with another preimage',
    (n) => fulfilled(n, { fulfillment: aPreimage(n + 1).fulfillment }),
    (n) => rolledBackOr(n, 'InvalidFulfillmentError'),
  ],
  ['a Reject', rejected, (n) => (endingOf(n) === 'fulfilled' ? 'AlreadyFulfilledError' : null)],
  [
    'a Fulfill by the payer',
    (n) => fulfilled(n, { ledgerId: 'alice', transferId: incomingId(n) }),
    () => 'NotAcceptedError',
  ],
  [
    'a Fulfill of a transfer that never was',
    (n) => fulfilled(n, { transferId: aTransferId(1_000_000 + n) }),
    () => 'TransferNotFoundError',
  ],
  [
    'a Reject of a transfer that never was',
    (n) => rejected(n, { transferId: aTransferId(1_000_000 + n) }),
    () => 'TransferNotFoundError',
  ],
];

async function expectAnswers(): Promise<void> {
  const balance = (): bigint => owner.ledger('bob').sums.outgoingFulfilled;
  const [before, paid] = [await countEvents(), balance()];
  for (const [what, message, expected] of repetitions) {
    const answers = await Promise.all(asked.map((number) => owner.ask(message(number))));
    expect([what, answers]).toEqual([what, asked.map(expected)]);
  }
  expect(await countEvents()).toBe(before);
  expect([balance(), owner.losses]).toEqual([paid, 0]);
}

async function countEvents(): Promise<number> {
  const rows: { events: string }[] = await database.dataSource.query(
    'SELECT count(*) AS events FROM ledger_events',
  );
  return Number(rows[0]?.events);
}

it('has put every transfer on record with its ending', async () => {
  expect(await countEvents()).toBe(2 + 4 * PAYMENTS);
});

it('answers whatever is said again of transfers that memory has forgotten, and records nothing', async () => {
  expect(owner.inMemory()).toBeLessThanOrEqual(2 * CACHED);
  await expectAnswers();
});

it('keeps in memory what a batch brought back and what is cached, whatever the history', async () => {
  await eventually(() => owner.queue.length === 0 && owner.board.size === 0);
  // A batch prepares or recalls at most so many transfers, on two ledgers.
  expect(owner.mostInMemory).toBeLessThanOrEqual(2 * CACHED + 4 * BATCH);
  expect(owner.inMemory()).toBeLessThanOrEqual(2 * CACHED + 2 * BATCH);
});

it('does the same after a replay of the whole log, which keeps no more of it either', async () => {
  await owner.stop();
  owner = await anOwner();
  owner.nowMs = LONG_AFTER_MS;
  await owner.recover();
  expect(owner.inMemory()).toBeLessThanOrEqual(2 * CACHED);
  owner.start();
  await expectAnswers();
});
