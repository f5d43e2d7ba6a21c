import type { LoopCommand } from './loop-command';

/** Something that the operator should know of, counted and logged by whoever runs the desk. */
export interface DeskObserver {
  /** We paid on one ledger and can no longer be paid on the other. */
  loss(ledgerId: string, transferId: string, amount: bigint): void;
  decided(kind: LoopCommand['kind'], refused: boolean): void;
  /** The owner of the other ledger of a payment has not answered for so long. */
  ownerSilent(ledgerId: string, waitedMs: number): void;
  ledgersChanged(): void;
  /** Limits that an operator ordered stay, although the configuration still has others. */
  limitsKept(ledgerId: string): void;
}
