import { machine, medianBy } from '../measured';
import { readOrder } from '../order';
import { type Asked } from './asker';
import { KINDS, type QuoteKind } from './quote-frames';
import {
  destinationsOf,
  historicConnector,
  ourConnector,
  type Quoting,
} from './quoting-connectors';

/*
 * How many quotes per second a connector gives a peer, and how long the peer waits for each: ours, all of it, and an
 * ilp-connector@21.1.10 beside it. Both hear the same questions on the same kind of socket, from this process, and
 * have learned the same routes from the same neighbour. They take turns; what counts is the ratio of a turn.
 */

interface Turn {
  readonly ours: Asked;
  readonly theirs: Asked;
}

/** One kind of question, so many under way at a time. */
interface Measured {
  readonly kind: QuoteKind;
  readonly window: number;
  readonly turns: readonly Turn[];
  /** Medians. */
  readonly ours: Asked;
  readonly theirs: Asked;
  /** Ours to theirs: of the rates, and of the times that a peer waits. */
  readonly rateRatio: number;
  readonly p50Ratio: number;
  readonly p99Ratio: number;
}

interface Report {
  readonly machine: string;
  readonly quotes: number;
  readonly routes: number;
  readonly measured: readonly Measured[];
}

const WARM_UP = 0.5;

type Connectors = readonly [ours: Quoting, theirs: Quoting];

async function main(): Promise<void> {
  const order = readOrder({ quotes: 4_000, routes: 100, window: 32, runs: 5 });
  const destinations = destinationsOf(order.routes);
  const ours = await ourConnector(destinations);
  try {
    const theirs = await historicConnector(destinations);
    try {
      await requireAgreement([ours, theirs], destinations);
      const measured: Measured[] = [];
      for (const window of [order.window, 1]) {
        const count = window === 1 ? Math.ceil(order.quotes / 4) : order.quotes;
        for (const kind of KINDS) {
          const questions = { kind, destinations, count, window };
          measured.push(await measure([ours, theirs], questions, order.runs));
        }
      }
      const { quotes, routes } = order;
      print(order.json, { machine: machine(), quotes, routes, measured });
    } finally {
      await theirs.stop();
    }
  } finally {
    await ours.stop();
  }
}

/** That both answer the same, or nearly so: one of them looks at joined curves only. */
async function requireAgreement([ours, theirs]: Connectors, to: readonly string[]): Promise<void> {
  for (const kind of KINDS) {
    const figures = await Promise.all(
      [ours, theirs].map(({ asker }) => asker.figure(kind, to[0] ?? '')),
    );
    const [one = 0n, other = 0n] = figures;
    const apart = one > other ? one - other : other - one;
    if (apart * 10_000n > one) throw new Error(`they do not agree ${kind}: ${one} and ${other}`);
  }
}

async function measure(
  [ours, theirs]: Connectors,
  questions: Parameters<Quoting['asker']['run']>[0],
  runs: number,
): Promise<Measured> {
  const { kind, window } = questions;
  const warmUp = { ...questions, count: Math.ceil(questions.count * WARM_UP) };
  for (const { asker } of [ours, theirs]) await asker.run(warmUp);
  const turns: Turn[] = [];
  for (let run = 0; run < runs; run += 1) {
    turns.push({
      ours: await ours.asker.run(questions),
      theirs: await theirs.asker.run(questions),
    });
  }
  const ratio = (of: (asked: Asked) => number): number =>
    medianBy(
      turns.map((turn) => of(turn.ours) / of(turn.theirs)),
      (each) => each,
    );
  return {
    kind,
    window,
    turns,
    ours: middle(turns.map((turn) => turn.ours)),
    theirs: middle(turns.map((turn) => turn.theirs)),
    rateRatio: ratio(({ perSecond }) => perSecond),
    p50Ratio: ratio(({ p50Ms }) => p50Ms),
    p99Ratio: ratio(({ p99Ms }) => p99Ms),
  };
}

/** Each figure's own median. */
function middle(all: readonly Asked[]): Asked {
  const of = (measure: (asked: Asked) => number): number => measure(medianBy(all, measure));
  return {
    perSecond: of(({ perSecond }) => perSecond),
    p50Ms: of(({ p50Ms }) => p50Ms),
    p99Ms: of(({ p99Ms }) => p99Ms),
  };
}

function print(json: boolean, report: Report): void {
  const lines = json ? [JSON.stringify(report)] : textOf(report);
  process.stdout.write(`${lines.join('\n')}\n`);
}

function textOf({ machine: on, quotes, routes, measured }: Report): string[] {
  return [
    `${quotes} quotes a run (a quarter of that one at a time) to ${routes} learnt routes, on ${on}`,
    ...measured.flatMap((each) => [
      `${each.kind}, ${each.window} under way`,
      line('causeway', each.ours),
      line('ilp-connector@21.1.10', each.theirs),
      `  ours to theirs: ${each.rateRatio.toFixed(2)} times the rate, ` +
        `${each.p50Ratio.toFixed(2)} of the p50, ${each.p99Ratio.toFixed(2)} of the p99`,
    ]),
  ];
}

function line(name: string, { perSecond, p50Ms, p99Ms }: Asked): string {
  const rate = perSecond.toFixed(0).padStart(7);
  return `  ${name.padEnd(24)}${rate} quotes/s   p50 ${p50Ms.toFixed(2)} ms   p99 ${p99Ms.toFixed(2)} ms`;
}

main().catch((error: unknown) => {
  process.stderr.write(`bench: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
