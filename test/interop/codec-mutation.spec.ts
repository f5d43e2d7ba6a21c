import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import {
  type BtpAlphaPacket,
  decodeBtp,
  decodeBtpAlpha,
  decodeIlp,
  encodeBtp,
  encodeBtpAlpha,
  encodeIlp,
  type IlpPacket,
  InvalidFieldError,
  MAX_INLINE_CONTENT,
  type PaymentPeek,
  peekPayment,
  UnreadablePacketError,
} from '../../libs/protocol';
import { btpAlphaPacket, btpPacket, ilpError, ilpPacket } from './codec-arbitraries';
import { historicBtp } from './codec-historic';
import { Dice } from '../fuzz/dice';
import { Mutator } from '../fuzz/mutator';

/**
 * A million broken packets. Whatever comes in: nothing is thrown but the two parse errors, nothing
 * is allocated in proportion to an announced length or count, and what can be read is written and
 * read again with the same meaning.
 */
const SEED = 20170828;
const TIMEOUT_MS = 180_000;
const RUNS = { btp: 400_000, alpha: 300_000, ilp: 300_000 };
const CORPUS_SIZE = 1_500;
const SAMPLE_EVERY = 10_000;
const MEBIBYTE = 1024 * 1024;

interface Vectors {
  readonly btp: readonly { readonly version: string; readonly hex: string }[];
  readonly btp_invalid: readonly { readonly hex: string }[];
  readonly btp_live: readonly { readonly hex?: string }[];
  readonly ilp: readonly { readonly hex: string }[];
  readonly ilp_invalid: readonly { readonly hex: string }[];
}

const vectors = JSON.parse(
  readFileSync(join(__dirname, '../vectors/vectors.json'), 'utf8'),
) as Vectors;

const fromHex = (entries: readonly { readonly hex?: string }[]): Buffer[] =>
  entries.flatMap(({ hex }) => (hex === undefined ? [] : [Buffer.from(hex, 'hex')]));

const sample = <T>(arbitrary: fc.Arbitrary<T>, encode: (packet: T) => Buffer): Buffer[] =>
  fc.sample(arbitrary, { seed: SEED, numRuns: CORPUS_SIZE }).map(encode);

const version = (name: string): Buffer[] =>
  fromHex(vectors.btp.filter((vector) => vector.version === name));

setFlagsFromString('--expose_gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** Bytes of heap and of buffers outside of it. */
const memoryInUse = (): number => {
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
};

/** The one parse error that was thrown, in words to count by; anything else fails the suite. */
const describeError = (error: unknown): string => {
  if (error instanceof UnreadablePacketError) return `unreadable: ${error.rule}`;
  if (error instanceof InvalidFieldError) return `invalid: ${error.packetType}.${error.field}`;
  throw error;
};

const isLong = (packet: BtpAlphaPacket): boolean =>
  'rejectionReason' in packet && encodeIlp(packet.rejectionReason).length > MAX_INLINE_CONTENT + 2;

/** What must be equal after writing and reading: all, but for the inline errors that are cut. */
const alphaMeaning = (packet: BtpAlphaPacket, wasLong: boolean): unknown => {
  if (!wasLong || !('rejectionReason' in packet)) return packet;
  const { code, triggeredAtMs } = packet.rejectionReason;
  return { ...packet, rejectionReason: { code, triggeredAtMs } };
};

const roundTripBtp = (bytes: Buffer): string => {
  const packet = decodeBtp(bytes);
  if (!isDeepStrictEqual(decodeBtp(encodeBtp(packet)), packet)) throw new Error('another meaning');
  return `read: ${packet.type}`;
};

const roundTripAlpha = (bytes: Buffer): string => {
  const packet = decodeBtpAlpha(bytes);
  const wasLong = isLong(packet);
  const written = encodeBtpAlpha(packet);
  const again = decodeBtpAlpha(written);
  if (!isDeepStrictEqual(alphaMeaning(again, wasLong), alphaMeaning(packet, wasLong))) {
    throw new Error('another meaning');
  }
  if (isLong(again) || !encodeBtpAlpha(again).equals(written)) throw new Error('not shortened');
  return wasLong ? 'read and shortened' : `read: ${packet.type}`;
};

/** What there is to peek at, or undefined where peeking is refused. */
const tryPeek = (bytes: Buffer): PaymentPeek | undefined => {
  try {
    return peekPayment(bytes);
  } catch (error) {
    describeError(error);
    return undefined;
  }
};

const peekOf = (packet: IlpPacket): PaymentPeek | undefined => {
  if (packet.type === 'payment') return { amount: packet.amount, account: packet.account };
  if (packet.type !== 'forwarded-payment') return undefined;
  return { amount: undefined, account: packet.account };
};

const roundTripIlp = (bytes: Buffer): string => {
  const peek = tryPeek(bytes);
  let packet: IlpPacket;
  try {
    packet = decodeIlp(bytes);
  } catch (error) {
    if (peek === undefined) throw error;
    throw new Error('peeked into what cannot be read', { cause: error });
  }
  if (!isDeepStrictEqual(peek, peekOf(packet))) throw new Error('peeked at something else');
  if (!isDeepStrictEqual(decodeIlp(encodeIlp(packet)), packet)) throw new Error('another meaning');
  return `read: ${packet.type}`;
};

/** Frames with inline errors of any length, as a peer may send them and we never would. */
const framesWithLongErrors = (): Buffer[] =>
  sample(fc.tuple(ilpError, btpAlphaPacket), ([rejectionReason, packet]) =>
    historicBtp.serialize(
      {
        type: 2,
        requestId: packet.requestId,
        data: {
          rejectionReason: encodeIlp(rejectionReason),
          protocolData: [...packet.protocolData],
        },
      },
      historicBtp.BTP_VERSION_ALPHA,
    ),
  );

const suites = [
  {
    name: 'BTP/1.0',
    runs: RUNS.btp,
    headerSize: 5,
    corpus: () => [
      ...sample(btpPacket, encodeBtp),
      ...version('1.0'),
      ...fromHex(vectors.btp_invalid),
      ...fromHex(vectors.btp_live),
    ],
    roundTrip: roundTripBtp,
  },
  {
    name: 'BTP/alpha',
    runs: RUNS.alpha,
    headerSize: 5,
    corpus: () => [
      ...sample(btpAlphaPacket, encodeBtpAlpha),
      ...framesWithLongErrors(),
      ...version('alpha'),
    ],
    roundTrip: roundTripAlpha,
  },
  {
    name: 'ILP',
    runs: RUNS.ilp,
    headerSize: 1,
    corpus: () => [
      ...sample(ilpPacket, encodeIlp),
      ...fromHex(vectors.ilp),
      ...fromHex(vectors.ilp_invalid),
    ],
    roundTrip: roundTripIlp,
  },
];

jest.setTimeout(TIMEOUT_MS);

describe('codecs under broken packets', () => {
  let largestAllocation = 0;
  const allocUnsafe = Buffer.allocUnsafe;

  beforeAll(() => {
    Buffer.allocUnsafe = (size) => {
      largestAllocation = Math.max(largestAllocation, size);
      return allocUnsafe(size);
    };
  });

  afterAll(() => {
    Buffer.allocUnsafe = allocUnsafe;
  });

  it.each(suites)('reads or refuses $runs packets of $name', (suite) => {
    const corpus = suite.corpus();
    const longest = Math.max(...corpus.map((bytes) => bytes.length));
    const mutator = new Mutator(new Dice(SEED), suite.headerSize, corpus);
    const outcomes = new Map<string, number>();
    const mutations = new Map<string, number>();
    const add = (counts: Map<string, number>, what: string): void => {
      counts.set(what, (counts.get(what) ?? 0) + 1);
    };
    collectGarbage();
    const memoryBefore = memoryInUse();
    let memoryPeak = memoryBefore;
    largestAllocation = 0;

    for (let run = 0; run < suite.runs; run += 1) {
      const { mutation, bytes } = mutator.next();
      add(mutations, mutation);
      let outcome;
      try {
        outcome = suite.roundTrip(bytes);
      } catch (error) {
        try {
          outcome = describeError(error);
        } catch {
          throw new Error(`run ${run}, ${mutation}: ${bytes.toString('hex')}`, { cause: error });
        }
      }
      add(outcomes, outcome);
      if (run % SAMPLE_EVERY === 0) memoryPeak = Math.max(memoryPeak, memoryInUse());
    }

    collectGarbage();
    const grown = (memoryInUse() - memoryBefore) / MEBIBYTE;
    const peak = (memoryPeak - memoryBefore) / MEBIBYTE;
    report(suite.name, { outcomes, mutations, grown, peak });
    expect(grown).toBeLessThan(16);
    expect(peak).toBeLessThan(256);
    // Two mutations of the longest packet, and no more: no announced size was ever believed.
    expect(largestAllocation).toBeLessThan(3 * longest);
    expect([...mutations.values()].reduce((sum, times) => sum + times, 0)).toBe(suite.runs);
    expect(Math.min(...mutations.values())).toBeGreaterThan(suite.runs / 25);
    const read = [...outcomes].filter(([outcome]) => outcome.startsWith('read'));
    expect(read.length).toBeGreaterThanOrEqual(6);
    expect(outcomes.get('unreadable: truncated')).toBeGreaterThan(0);
    expect(outcomes.get('unreadable: count-too-large')).toBeGreaterThan(0);
  });
});

function report(
  name: string,
  result: {
    readonly outcomes: ReadonlyMap<string, number>;
    readonly mutations: ReadonlyMap<string, number>;
    readonly grown: number;
    readonly peak: number;
  },
): void {
  const list = (counts: ReadonlyMap<string, number>): string =>
    [...counts]
      .sort(([, a], [, b]) => b - a)
      .map(([what, times]) => `    ${what}: ${times}`)
      .join('\n');
  process.stdout.write(
    `${name}, seed ${SEED}: memory ${result.grown.toFixed(1)} MiB more at the end, ` +
      `${result.peak.toFixed(1)} MiB more at the peak\n` +
      `  mutations\n${list(result.mutations)}\n  outcomes\n${list(result.outcomes)}\n`,
  );
}
