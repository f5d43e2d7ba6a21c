import { parseArgs } from 'node:util';
import { type PlanWishes, SPEECHES } from './network-plan';
import { NetworkStory, StoryFailure, type StoryReport } from './network-story';
import { storyLines } from './story-lines';
import { TOPOLOGIES } from './topologies';

/*
 * npm run simulate -- --seeds N [--from SEED | --seed SEED] [--connectors N] [--topology NAME] [--speech NAME]
 *
 * N networks of routing tables that tell each other routes, pay, are cut and mended, each from a seed of its own. The
 * same seed is the same network with the same fate. Exit code 1 when anything does not hold.
 */
/** Networks between two lines that say how it goes. */
const PROGRESS = 50;

interface Order {
  readonly from: number;
  readonly seeds: number;
  readonly wishes: PlanWishes;
}

function readOrder(): Order {
  const { values } = parseArgs({
    options: {
      seeds: { type: 'string', default: '100' },
      from: { type: 'string', default: '1' },
      seed: { type: 'string' },
      connectors: { type: 'string', default: '20' },
      topology: { type: 'string' },
      speech: { type: 'string' },
    },
  });
  const { seed } = values;
  return {
    from: whole('from', seed ?? values.from, 0),
    seeds: seed === undefined ? whole('seeds', values.seeds, 1) : 1,
    wishes: {
      connectors: whole('connectors', values.connectors, 4),
      topology: oneOf('topology', values.topology, TOPOLOGIES),
      speech: oneOf('speech', values.speech, SPEECHES),
    },
  };
}

function whole(name: string, text: string, least: number): number {
  const number = Number(text);
  if (Number.isSafeInteger(number) && number >= least) return number;
  throw new Error(`--${name} must be a whole number, ${least} or more`);
}

function oneOf<T extends string>(
  name: string,
  text: string | undefined,
  choices: readonly T[],
): T | undefined {
  if (text === undefined) return undefined;
  const choice = choices.find((each) => each === text);
  if (choice === undefined) throw new Error(`--${name} must be one of ${choices.join(', ')}`);
  return choice;
}

function main(): void {
  const { from, seeds, wishes } = readOrder();
  const startedMs = performance.now();
  const reports: StoryReport[] = [];
  for (let seed = from; seed < from + seeds; seed += 1) {
    try {
      reports.push(NetworkStory.tell(seed, wishes));
    } catch (error) {
      if (!(error instanceof StoryFailure)) throw error;
      print([`FAILED ${error.message}`]);
    }
    const told = seed - from + 1;
    if (told % PROGRESS === 0) print([`${told} networks, ${told - reports.length} failed so far`]);
  }
  const failed = seeds - reports.length;
  print(storyLines(reports));
  const [only] = reports;
  if (seeds === 1 && only !== undefined) print([`digest ${only.digest}`]);
  const seconds = ((performance.now() - startedMs) / 1000).toFixed(1);
  print([`${seeds} networks, ${failed} failed, ${seconds} s`]);
  process.exitCode = failed === 0 ? 0 : 1;
}

function print(lines: readonly string[]): void {
  process.stdout.write(`${lines.join('\n')}\n`);
}

try {
  main();
} catch (error) {
  process.stderr.write(`simulate: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
