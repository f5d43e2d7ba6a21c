import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { encodeBtp, encodeBtpAlpha } from '#protocol';
import { z } from 'zod';
import { BtpSamples } from './btp-samples';
import type { Dice } from './dice';
import { IlpSamples } from './ilp-samples';

export const PACKET_KINDS = ['BTP/1.0', 'BTP/alpha', 'ILP'] as const;
export type PacketKind = (typeof PACKET_KINDS)[number];

/** Encoded packets by kind, all of them whole. */
export type Corpus = Readonly<Record<PacketKind, readonly Buffer[]>>;

/** Bytes before the outer length. */
export const HEADER_SIZE: Readonly<Record<PacketKind, number>> = {
  'BTP/1.0': 5,
  'BTP/alpha': 5,
  ILP: 1,
};

export interface CorpusOptions {
  /** How many packets of each kind are made. */
  readonly size: number;
  /** Accounts that payments and questions are about. */
  readonly destinations: readonly string[];
  /** Whether the packets of the test vectors, which others have written, are among them. */
  readonly vectors: boolean;
}

const withHex = z.object({ hex: z.string().optional(), version: z.string().optional() });
const vectorsSchema = z.object({
  btp: z.array(withHex),
  btp_invalid: z.array(withHex),
  btp_live: z.array(withHex),
  ilp: z.array(withHex),
  ilp_invalid: z.array(withHex),
});

const NO_VECTORS: z.infer<typeof vectorsSchema> = {
  btp: [],
  btp_invalid: [],
  btp_live: [],
  ilp: [],
  ilp_invalid: [],
};

/** Packets made up by `dice`. */
export function makeCorpus(dice: Dice, options: CorpusOptions): Corpus {
  const { size, destinations } = options;
  const btp = new BtpSamples(dice, destinations);
  const ilp = new IlpSamples(dice, destinations);
  const vectors = options.vectors ? readVectors() : NO_VECTORS;
  const times = <T>(make: () => T): T[] => Array.from({ length: size }, make);
  const version = (name: string) => vectors.btp.filter((vector) => vector.version === name);
  return {
    'BTP/1.0': [
      ...times(() => encodeBtp(btp.any())),
      ...bytesOf([...version('1.0'), ...vectors.btp_invalid, ...vectors.btp_live]),
    ],
    'BTP/alpha': [...times(() => encodeBtpAlpha(btp.alpha())), ...bytesOf(version('alpha'))],
    ILP: [...times(() => ilp.encoded()), ...bytesOf([...vectors.ilp, ...vectors.ilp_invalid])],
  };
}

function readVectors() {
  const file = join(__dirname, '..', 'vectors', 'vectors.json');
  return vectorsSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
}

function bytesOf(vectors: readonly z.infer<typeof withHex>[]): Buffer[] {
  return vectors.flatMap(({ hex }) => (hex === undefined ? [] : [Buffer.from(hex, 'hex')]));
}
