import { HEADER_SIZE, PACKET_KINDS, type Corpus, type PacketKind } from './corpus';
import type { Dice } from './dice';
import { Mutator, type Mutation } from './mutator';

export interface BrokenPacket {
  readonly kind: PacketKind;
  readonly mutation: Mutation | 'none';
  readonly bytes: Buffer;
}

/** How many of ten packets are of each kind. */
export type Shares = Readonly<Record<PacketKind, number>>;

const EVEN: Shares = { 'BTP/1.0': 5, 'BTP/alpha': 3, ILP: 2 };
/** One in so many stays as it was. */
const WHOLE_EVERY = 16;

/** An endless series of broken packets, the same for the same dice and corpus. */
export class PacketStream {
  private readonly mutators: Readonly<Record<PacketKind, Mutator>>;
  private readonly kinds: readonly PacketKind[];

  constructor(
    private readonly dice: Dice,
    private readonly corpus: Corpus,
    shares: Shares = EVEN,
  ) {
    this.kinds = PACKET_KINDS.flatMap((kind) => Array<PacketKind>(shares[kind]).fill(kind));
    const mutator = (kind: PacketKind) => new Mutator(dice, HEADER_SIZE[kind], corpus[kind]);
    this.mutators = {
      'BTP/1.0': mutator('BTP/1.0'),
      'BTP/alpha': mutator('BTP/alpha'),
      ILP: mutator('ILP'),
    };
  }

  next(): BrokenPacket {
    const { dice, corpus, mutators, kinds } = this;
    const kind = dice.pick(kinds);
    if (dice.once(WHOLE_EVERY)) return { kind, mutation: 'none', bytes: dice.pick(corpus[kind]) };
    return { kind, ...mutators[kind].next() };
  }
}
