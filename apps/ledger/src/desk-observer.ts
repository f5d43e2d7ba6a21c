import type { LoopCommand } from './loop-command';

/** Something that the operator should know of, counted and logged by whoever runs the desk. */
export interface DeskObserver {
  /** We paid on one ledger and can no longer be paid on the other. */
  loss(ledgerId: string, transferId: string, amount: bigint): void;
  decided(kind: LoopCommand['kind'], refused: boolean): void;
  ledgersChanged(): void;
}
