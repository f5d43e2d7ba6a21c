import { machine } from '../measured';
import { readOrder } from '../order';
import { type HistoricTables, historicTables } from '../../test/interop/routing-historic';
import {
  addressesAmong,
  announced,
  historicAnnounced,
  historicPairs,
  ledgerIdOf,
  learn,
  NOW,
  tablesOf,
} from './network';
import { median, type Spent, spent } from './spent';
import { type Swelling, swelling } from './swelling';

/*
 * How fast the routing tables find a next hop, take in what a peer announces and work out what is
 * to be told, and what memory they take. Beside them ilp-routing 10 looks the same addresses up, in
 * the same turns. Processor time, so that what else the machine does counts for less.
 */

const SIZES = [100, 10_000, 100_000];
const LEDGERS = 3;
const NEIGHBOURS = 20;
const ANNOUNCED = 10_000;
const HISTORIC = 10_000;

type Tables = ReturnType<typeof tablesOf>;

interface Report {
  readonly machine: string;
  /** Microseconds per next hop, by number of destinations. */
  readonly nextHop: Readonly<Record<string, number>>;
  readonly historicNextHop: number;
  /** Milliseconds for 10,000 routes. */
  readonly update: Spent;
  readonly exportFirst: Spent;
  readonly exportSame: Spent;
  readonly exportChanged: Spent;
  /** MiB for 100,000 routes. */
  readonly heap: number;
  readonly swelling: Swelling;
}

function main(): void {
  const order = readOrder({ lookups: 20_000, historic: 300, runs: 5 });
  const heap = heapOf(50_000);
  const swollen = swelling();
  const sizes = SIZES.map((size) => ({
    size,
    tables: tablesOf(size, LEDGERS),
    addresses: addressesAmong(size, order.lookups),
  }));
  const historic = historicOf(HISTORIC);
  const historicAddresses = addressesAmong(HISTORIC, order.historic);
  const turns = Array.from({ length: order.runs + 1 }, () => ({
    ours: sizes.map(({ tables, addresses }) => lookUp(tables, addresses)),
    theirs: lookUpHistoric(historic, historicAddresses),
  })).slice(1);
  const nextHop = SIZES.map((size, index): [string, number] => [
    String(size),
    median(turns.map(({ ours }) => ours[index] ?? NaN)),
  ]);
  print(order.json, {
    machine: machine(),
    nextHop: Object.fromEntries(nextHop),
    historicNextHop: median(turns.map(({ theirs }) => theirs)),
    ...announcements(order.runs),
    heap,
    swelling: swollen,
  });
}

/** MiB for twice as many routes as destinations, each with its own curve. */
function heapOf(destinations: number): number {
  if (global.gc === undefined) return NaN;
  global.gc();
  const before = process.memoryUsage().heapUsed;
  const tables = tablesOf(destinations, LEDGERS);
  global.gc();
  const used = process.memoryUsage().heapUsed - before;
  requireHop(tables.routeFor(queryTo(addressesAmong(destinations, 1)[0] ?? '')));
  return used / 2 ** 20;
}

const queryTo = (destination: string) => ({
  sourceLedgerId: ledgerIdOf(0),
  destination,
  nowMs: NOW,
  sourceAmount: 1_500n,
  destinationAmount: 1_400n,
});

function requireHop(found: unknown): void {
  if (found === undefined) throw new Error('a route was not found');
}

/** Microseconds per look-up. */
function lookUp(tables: Tables, addresses: readonly string[]): number {
  const { processorMs } = spent(() => {
    for (const address of addresses) requireHop(tables.routeFor(queryTo(address)));
  });
  return (processorMs * 1000) / addresses.length;
}

function historicOf(destinations: number): HistoricTables {
  const tables = historicTables(historicPairs(LEDGERS));
  for (const ledger of [1, 2]) {
    for (const route of historicAnnounced(ledger, destinations)) tables.addRoute(route);
  }
  return tables;
}

function lookUpHistoric(tables: HistoricTables, addresses: readonly string[]): number {
  const { processorMs } = spent(() => {
    for (const address of addresses) {
      requireHop(tables.findBestHopForSourceAmount('test.ledger0.payer', address, '1500'));
    }
  });
  return (processorMs * 1000) / addresses.length;
}

/** Updates of 10,000 routes into tables of 20 ledgers, and what is told over each of them. */
function announcements(
  runs: number,
): Pick<Report, 'update' | 'exportFirst' | 'exportSame' | 'exportChanged'> {
  const turns = Array.from({ length: runs + 1 }, (_, turn) => {
    const tables = tablesOf(ANNOUNCED, NEIGHBOURS);
    const routes = announced(1, { count: ANNOUNCED, change: turn + 1 });
    const exportFirst = spent(() => {
      tellAll(tables);
    });
    const exportSame = spent(() => {
      tellAll(tables);
    });
    const update = spent(() => {
      learn(tables, 1, routes);
    });
    const exportChanged = spent(() => {
      tellAll(tables);
    });
    return { exportFirst, exportSame, update, exportChanged };
  }).slice(1);
  const middle = (of: (turn: (typeof turns)[number]) => Spent): Spent => ({
    processorMs: median(turns.map((turn) => of(turn).processorMs)),
    elapsedMs: median(turns.map((turn) => of(turn).elapsedMs)),
  });
  return {
    update: middle(({ update }) => update),
    exportFirst: middle(({ exportFirst }) => exportFirst),
    exportSame: middle(({ exportSame }) => exportSame),
    exportChanged: middle(({ exportChanged }) => exportChanged),
  };
}

function tellAll(tables: Tables): void {
  for (let ledger = 0; ledger < NEIGHBOURS; ledger += 1) {
    const told = tables.exportOver(ledgerIdOf(ledger), NOW);
    if (told === undefined) throw new Error('nothing is told');
    // Whoever tells it compares everything where it is not known what changed.
    const compared = told.changedSince(told.revision - 1) ?? [...told.routes.keys()];
    compared.forEach((destination) => told.routes.get(destination));
  }
}

function print(json: boolean, report: Report): void {
  const lines = json ? [JSON.stringify(report)] : textOf(report);
  process.stdout.write(`${lines.join('\n')}\n`);
}

function textOf(report: Report): string[] {
  const { nextHop, historicNextHop } = report;
  const least = nextHop[String(SIZES[0])] ?? NaN;
  const most = nextHop[String(SIZES.at(-1))] ?? NaN;
  const faster = historicNextHop / (nextHop[String(HISTORIC)] ?? NaN);
  const told = ({ processorMs, elapsedMs }: Spent): string =>
    `${processorMs.toFixed(0)} ms of processor time, ${elapsedMs.toFixed(0)} ms elapsed`;
  return [
    `Next hop among prefixes of two candidates each, on ${report.machine}`,
    ...SIZES.map((size) => `  ${size}: ${(nextHop[String(size)] ?? NaN).toFixed(2)} µs`),
    `  largest to smallest: ${(most / least).toFixed(1)}`,
    `  ilp-routing 10, ${HISTORIC}: ${historicNextHop.toFixed(0)} µs, ${faster.toFixed(0)} times as long`,
    `An update of ${ANNOUNCED} routes: ${told(report.update)}`,
    `What ${NEIGHBOURS} neighbours are told of ${ANNOUNCED} destinations:`,
    `  for the first time: ${told(report.exportFirst)}`,
    `  nothing changed: ${told(report.exportSame)}`,
    `  after that update: ${told(report.exportChanged)}`,
    `Heap of 100,000 routes of four points: ${report.heap.toFixed(0)} MiB`,
    ...swellingText(report.swelling),
  ];
}

function swellingText({ point, path, deepRoute }: Swelling): string[] {
  return [
    `  a point of a curve of many: ${point.toFixed(0)} bytes`,
    `  an alternative path of one ledger: ${path.toFixed(0)} bytes`,
    `  a route to a destination of 510 segments: ${deepRoute.toFixed(0)} bytes`,
  ];
}

main();
