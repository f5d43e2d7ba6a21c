import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { CODEC_TARGETS, type CodecTarget } from './codec-targets';
import { makeCorpus } from './corpus';
import { Dice } from './dice';
import { PacketStream } from './packet-stream';
import { Tally } from './tally';

const CORPUS = {
  size: 3_000,
  destinations: ['test.open-1.client', 'test.open-2.client.x', 'g.far.away'],
  vectors: true,
};
const SAMPLE_EVERY = 20_000;

/** MiB: what objects take, buffers included, and what the process takes. */
export interface Memory {
  readonly heap: number;
  readonly resident: number;
}

export interface CodecFuzzReport {
  readonly packets: number;
  readonly seconds: number;
  readonly mutations: Tally;
  /** By name of the target. */
  readonly outcomes: ReadonlyMap<string, Tally>;
  readonly memory: { readonly start: Memory; readonly peak: Memory; readonly end: Memory };
}

/** A target threw what it must not: the seed and the index, or the bytes, do it again. */
export class CodecFaultError extends Error {
  override readonly name = 'CodecFaultError';

  constructor(at: {
    readonly target: string;
    readonly seed: number;
    readonly index: number;
    readonly bytes: Buffer;
    readonly cause: unknown;
  }) {
    const { target, seed, index, bytes, cause } = at;
    super(`${target}: seed ${seed}, packet ${index}, ${bytes.toString('hex')}`, { cause });
  }
}

/** The packets of a seed, from the first on. */
export function codecPackets(seed: number): PacketStream {
  const dice = new Dice(seed);
  return new PacketStream(dice, makeCorpus(dice, CORPUS));
}

/**
 * Shows `count` broken packets to everything that reads packets.
 * @throws CodecFaultError at the first that is neither read nor refused as it must be
 */
export function fuzzCodecs(count: number, seed: number): CodecFuzzReport {
  const stream = codecPackets(seed);
  const mutations = new Tally();
  const outcomes = new Map(CODEC_TARGETS.map(({ name }) => [name, new Tally()]));
  collectGarbage();
  const start = memoryNow();
  let peak = start;
  const began = performance.now();
  withoutTraces(() => {
    for (let index = 0; index < count; index += 1) {
      const { mutation, bytes } = stream.next();
      mutations.add(mutation);
      for (const target of CODEC_TARGETS) {
        outcomes.get(target.name)?.add(examined(target, { seed, index, bytes }));
      }
      if (index % SAMPLE_EVERY === 0) peak = higher(peak, memoryNow());
    }
  });
  const seconds = (performance.now() - began) / 1000;
  collectGarbage();
  const memory = { start, peak: higher(peak, memoryNow()), end: memoryNow() };
  return { packets: count, seconds, mutations, outcomes, memory };
}

function examined(
  target: CodecTarget,
  at: { readonly seed: number; readonly index: number; readonly bytes: Buffer },
): string {
  try {
    return target.examine(at.bytes);
  } catch {
    throw new CodecFaultError({ ...at, target: target.name, cause: faultOf(target, at.bytes) });
  }
}

/** The same once more, this time with a trace. */
function faultOf(target: CodecTarget, bytes: Buffer): unknown {
  Error.stackTraceLimit = 20;
  try {
    return new Error(`not again: ${target.examine(bytes)}`);
  } catch (error) {
    return error;
  }
}

/** Most packets end in an error, and nobody reads where it came from. */
function withoutTraces(run: () => void): void {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 0;
  try {
    run();
  } finally {
    Error.stackTraceLimit = limit;
  }
}

function collectGarbage(): void {
  setFlagsFromString('--expose_gc');
  const collect = runInNewContext('gc') as () => void;
  collect();
}

function memoryNow(): Memory {
  const { heapUsed, external, rss } = process.memoryUsage();
  return { heap: (heapUsed + external) / 2 ** 20, resident: rss / 2 ** 20 };
}

function higher(one: Memory, other: Memory): Memory {
  return {
    heap: Math.max(one.heap, other.heap),
    resident: Math.max(one.resident, other.resident),
  };
}
