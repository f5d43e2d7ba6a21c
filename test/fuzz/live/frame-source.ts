import { encodeBtp, encodeBtpAlpha } from '#protocol';
import { BtpSamples } from '../btp-samples';
import type { Corpus } from '../corpus';
import { Dice } from '../dice';
import { PacketStream, type Shares } from '../packet-stream';
import { DESTINATIONS, type FuzzingPeer } from './cast';

/** More than a gateway takes. */
const OVERSIZE = 65_537;
const TEXT_EVERY = 200;
const OVERSIZE_EVERY = 20_000;
/** One in so many is whole, and nobody has seen it before. */
const FRESH_EVERY = 4;

const SHARES: Readonly<Record<FuzzingPeer['version'], Shares>> = {
  'BTP/1.0': { 'BTP/1.0': 8, 'BTP/alpha': 1, ILP: 1 },
  'BTP/alpha': { 'BTP/1.0': 1, 'BTP/alpha': 8, ILP: 1 },
};

export interface SourcedFrame {
  readonly bytes: Buffer;
  readonly form: 'binary' | 'text' | 'oversize';
}

export interface FrameSourceOptions {
  readonly corpus: Corpus;
  readonly seed: number;
  /** Makes the frames of one sender different from those of all others. */
  readonly sender: number;
  readonly version: FuzzingPeer['version'];
}

/** The frames of one sender: the same for the same options, whatever anybody else does. */
export class FrameSource {
  private readonly dice: Dice;
  private readonly stream: PacketStream;
  private readonly samples: BtpSamples;

  constructor(private readonly options: FrameSourceOptions) {
    const { corpus, seed, sender, version } = options;
    this.dice = new Dice(Math.imul(seed, 1_000_003) + sender);
    this.stream = new PacketStream(this.dice, corpus, SHARES[version]);
    this.samples = new BtpSamples(this.dice, DESTINATIONS);
  }

  next(): SourcedFrame {
    const { dice } = this;
    const bytes = dice.once(FRESH_EVERY) ? this.fresh() : this.stream.next().bytes;
    if (dice.once(OVERSIZE_EVERY)) return { bytes: Buffer.alloc(OVERSIZE), form: 'oversize' };
    if (bytes.length >= OVERSIZE) return { bytes, form: 'oversize' };
    return { bytes, form: dice.once(TEXT_EVERY) ? 'text' : 'binary' };
  }

  private fresh(): Buffer {
    const { samples, options } = this;
    return options.version === 'BTP/alpha'
      ? encodeBtpAlpha(samples.alpha())
      : encodeBtp(samples.any());
  }
}
