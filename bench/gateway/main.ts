import { setTimeout as sleep } from 'node:timers/promises';
import { residentMebibytes } from '../../test/support/resident-memory';
import { machine, medianBy } from '../measured';
import { readOrder } from '../order';
import { Load, type LoadResult } from '../payments/load';
import { type Crowd, gatewayPid, makeCrowd, startCrowded } from './crowded-connector';
import { Holding } from './holding';
import { type Admission, comeIn } from './newcomer';
import { type Held, type HoldOrder, runHolders } from './socket-holders';

/*
 * What a crowd at the gateway does to the payments of two others. In turn: without it, and with peers that are let in
 * and say nothing beside sockets that nobody has authenticated. Then, with the limits as they are by default, whether
 * somebody honest still gets in while as many strangers come back whenever they are sent away.
 */

/** The word that makes this program the holder of the sockets. */
const HOLDER = 'holder';
const ROOM = 20_000;
/** So that those who say nothing stay for as long as it takes. */
const PATIENCE_MS = 3_600_000;
const NEWCOMERS = 20;
const BETWEEN_NEWCOMERS_MS = 200;
const WARM_UP = 0.2;

interface Turn {
  readonly quiet: LoadResult;
  readonly loaded: LoadResult;
  readonly held: Held;
  /** MiB of the gateway's process, beside the crowd. */
  readonly resident: number;
}

interface Report extends Order {
  readonly machine: string;
  readonly turns: readonly Turn[];
  readonly p50Ratio: number;
  readonly p99Ratio: number;
  readonly newcomers: readonly (Admission | undefined)[];
  readonly strangersHeld: Held;
  readonly paymentsBesideStrangers: LoadResult;
}

const readOurs = () =>
  readOrder({ idle: 1_000, silent: 10_000, payments: 5_000, window: 8, rounds: 5 });
type Order = ReturnType<typeof readOurs>;

async function measureTurns(order: Order): Promise<Turn[]> {
  const crowd = makeCrowd(order.idle);
  const limits = {
    unauthenticatedSockets: ROOM,
    unauthenticatedSocketsPerAddress: ROOM,
    authWaitMs: PATIENCE_MS,
    httpRequestMs: PATIENCE_MS,
  };
  const connector = await startCrowded(crowd, limits);
  try {
    const { url } = connector;
    const load = await connectLoad(url, crowd);
    await load.run(Math.ceil(order.payments * WARM_UP), order.window);
    const pid = gatewayPid(connector);
    const turns: Turn[] = [];
    for (let round = 0; round < order.rounds; round += 1) {
      turns.push(await measureTurn(order, { url, tokens: crowd.idle, load, pid }));
    }
    load.close();
    return turns;
  } finally {
    await connector.stop();
  }
}

async function measureTurn(
  { payments, window, silent }: Order,
  beside: {
    readonly url: string;
    readonly tokens: readonly string[];
    readonly load: Load;
    readonly pid: number;
  },
): Promise<Turn> {
  const { url, tokens, load, pid } = beside;
  const quiet = await load.run(payments, window);
  const order: HoldOrder = { url, tokens: [...tokens], silent, isStubborn: false };
  const holding = await Holding.begin(__filename, HOLDER, order);
  try {
    const loaded = await load.run(payments, window);
    const resident = residentMebibytes(pid) ?? 0;
    return { quiet, loaded, held: await holding.held(), resident };
  } finally {
    await holding.end();
  }
}

/** With the default limits; strangers only. */
async function measureNewcomers(order: Order) {
  const crowd = makeCrowd(0);
  const connector = await startCrowded(crowd, {});
  try {
    const { url } = connector;
    const load = await connectLoad(url, crowd);
    await load.run(Math.ceil(order.payments * WARM_UP), order.window);
    const strangers: HoldOrder = { url, tokens: [], silent: order.silent, isStubborn: true };
    const holding = await Holding.begin(__filename, HOLDER, strangers);
    try {
      const paying = load.run(order.payments, order.window);
      const newcomers: (Admission | undefined)[] = [];
      for (let count = 0; count < NEWCOMERS; count += 1) {
        newcomers.push(await comeIn(url, crowd.newcomer));
        await sleep(BETWEEN_NEWCOMERS_MS);
      }
      const strangersHeld = await holding.held();
      return { newcomers, strangersHeld, paymentsBesideStrangers: await paying };
    } finally {
      await holding.end();
      load.close();
    }
  } finally {
    await connector.stop();
  }
}

function connectLoad(url: string, { sender, receiver }: Crowd): Promise<Load> {
  const to = 'test.receiver.client.x';
  return Load.connect({ url, senderToken: sender, receiverToken: receiver, to });
}

function ratio(turns: readonly Turn[], measure: (result: LoadResult) => number): number {
  const ratioOf = ({ quiet, loaded }: Turn): number => measure(loaded) / measure(quiet);
  return ratioOf(medianBy(turns, ratioOf));
}

function textOf(report: Report): string[] {
  const { idle, silent, payments, window, turns, newcomers } = report;
  const admitted = newcomers.filter((admission) => admission !== undefined);
  const waits = admitted.map(({ ms }) => ms);
  const { silent: held, lost } = report.strangersHeld;
  const median = waits.length === 0 ? 0 : medianBy(waits, (ms) => ms);
  return [
    `${payments} payments a phase, window ${window}, beside ${idle} idle peers and ${silent} strangers, on ${report.machine}`,
    ...turns.map(turnText),
    `loaded over quiet, medians: p50 ${report.p50Ratio.toFixed(2)}, p99 ${report.p99Ratio.toFixed(2)}`,
    `default limits, ${silent} strangers that come back (${held} in, ${lost} sent away): ${admitted.length} of ${newcomers.length} honest ` +
      `newcomers were let in, after ${median.toFixed(0)} ms at the median, ${Math.max(...waits).toFixed(0)} ms at most, ` +
      `with ${Math.max(...admitted.map(({ attempts }) => attempts))} attempts at most`,
    phaseText('  payments meanwhile', report.paymentsBesideStrangers),
  ];
}

function turnText({ quiet, loaded, held, resident }: Turn): string {
  const sockets = `${held.idle} idle, ${held.silent} silent, ${held.lost} lost, gateway ${resident} MiB`;
  return `${phaseText('quiet', quiet)}   ${phaseText('loaded', loaded)}   (${sockets})`;
}

function phaseText(name: string, { perSecond, p50Ms, p99Ms }: LoadResult): string {
  return `${name} ${perSecond.toFixed(0)} payments/s, p50 ${p50Ms.toFixed(1)} ms, p99 ${p99Ms.toFixed(1)} ms`;
}

async function main(): Promise<void> {
  const order = readOurs();
  const turns = await measureTurns(order);
  const report: Report = {
    ...order,
    machine: machine(),
    turns,
    p50Ratio: ratio(turns, ({ p50Ms }) => p50Ms),
    p99Ratio: ratio(turns, ({ p99Ms }) => p99Ms),
    ...(await measureNewcomers(order)),
  };
  const lines = order.json ? [JSON.stringify(report)] : textOf(report);
  process.stdout.write(`${lines.join('\n')}\n`);
}

if (process.argv.includes(HOLDER)) runHolders();
else {
  main().catch((error: unknown) => {
    process.stderr.write(`bench: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  });
}
