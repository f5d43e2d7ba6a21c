import { parseArgs } from 'node:util';
import { fuzzCodecs } from './codec-fuzz';
import { LiveFuzz } from './live/live-fuzz';
import { codecLines, liveLines } from './report';

/*
 * npm run fuzz -- --count N --frames M --seed S [--only codec|socket]
 *
 * N broken packets for everything that reads packets, M broken frames for the gateway of a running connector. The same
 * seed breaks the same bytes in the same way. Exit code 1 when anything is not as it must be.
 */
interface Order {
  readonly count: number;
  readonly frames: number;
  readonly seed: number;
  readonly codec: boolean;
  readonly socket: boolean;
}

/** MiB of heap that may be left over, however many packets there were. */
const MOST_GROWN = 64;

function readOrder(): Order {
  const { values } = parseArgs({
    options: {
      count: { type: 'string', default: '1000000' },
      frames: { type: 'string', default: '20000' },
      seed: { type: 'string', default: '1' },
      only: { type: 'string' },
    },
  });
  const { only } = values;
  if (only !== undefined && only !== 'codec' && only !== 'socket') {
    throw new Error('--only must be codec or socket');
  }
  return {
    count: whole('count', values.count),
    frames: whole('frames', values.frames),
    seed: whole('seed', values.seed),
    codec: only !== 'socket',
    socket: only !== 'codec',
  };
}

function whole(name: string, text: string): number {
  const number = Number(text);
  if (Number.isSafeInteger(number) && number >= 0) return number;
  throw new Error(`--${name} must be a whole number`);
}

async function main(): Promise<void> {
  const { count, frames, seed, codec, socket } = readOrder();
  print([`seed ${seed}`]);
  let isClean = true;
  if (codec) {
    const report = fuzzCodecs(count, seed);
    print(codecLines(report));
    const { start, end } = report.memory;
    if (end.heap - start.heap > MOST_GROWN) {
      print(['VIOLATION memory has grown']);
      isClean = false;
    }
  }
  if (socket) {
    const report = await LiveFuzz.run(frames, seed);
    print(liveLines(report));
    if (report.violations.length > 0) isClean = false;
  }
  print([isClean ? 'no violation' : 'FAILED']);
  process.exitCode = isClean ? 0 : 1;
}

function print(lines: readonly string[]): void {
  process.stdout.write(`${lines.join('\n')}\n`);
}

main().catch((error: unknown) => {
  const isError = error instanceof Error;
  process.stderr.write(`fuzz: ${isError ? (error.stack ?? error.message) : String(error)}\n`);
  if (isError && error.cause instanceof Error) process.stderr.write(`${error.cause.stack ?? ''}\n`);
  process.exit(1);
});
