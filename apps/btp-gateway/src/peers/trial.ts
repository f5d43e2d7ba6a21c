import type { PeerTrialReply } from '#contracts';

/** What a peer that was dialled on trial has said of the ledger. */
export type TrialFindings = Omit<Extract<PeerTrialReply, { outcome: 'ok' }>, 'outcome'>;

/** One peer that is dialled on trial. */
export interface Trial {
  /**
   * May never settle once it is given up.
   * @throws TrialError
   */
  run(): Promise<TrialFindings>;
  sweep(nowMs: number): void;
  /** Hangs up, whatever it has come to. */
  giveUp(): void;
}
