import type { HashedEvent } from './hash-chain';

/** One row of the log: an event with its place, its packet and its link in the hash chain. */
export interface RecordedEvent extends HashedEvent {
  readonly partition: number;
  /** Place in the partition, from 1, gapless. */
  readonly position: number;
  /** The ILP packet of a prepared transfer, byte for byte; null where there is none or it was pruned. */
  readonly packet: Buffer | null;
  readonly previousHash: Buffer;
  readonly hash: Buffer;
}
