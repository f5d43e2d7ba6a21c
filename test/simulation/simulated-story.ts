import type { Authority, Limits } from '#domain/ledger';

export interface SimulatedLedger {
  readonly authority: Authority;
  /** Of the ledgers that we decide alone. */
  readonly limits: Limits;
  /** Which of the owners has it at first. */
  readonly owner: number;
  /** How far the peer's clock is from the world's. */
  readonly skewMs: number;
}

/** What the network does with a message; late: others overtake it. */
export type Fate = 'once' | 'twice' | 'lost' | 'late';

/** One thing that happens. Numbers choose among what there is. */
export type Step =
  | {
      readonly kind: 'pay';
      readonly from: number;
      readonly to: number;
      readonly amount: number;
      readonly forwarded: number;
      readonly holdMs: number;
    }
  | {
      readonly kind: 'settle';
      readonly ledger: number;
      readonly which: number;
      readonly wants: 'fulfill' | 'reject';
    }
  /** What is on its way arrives, and what that brings about, each message as its turn says. */
  | { readonly kind: 'flow'; readonly rounds: number; readonly fates: readonly Fate[] }
  /** The owners hear nothing of each other until it is mended. */
  | { readonly kind: 'cut'; readonly isCut: boolean }
  /** Something that one owner told another long ago arrives once more. */
  | { readonly kind: 'ghost'; readonly which: number }
  | { readonly kind: 'crash'; readonly owner: number }
  /** The owner's next batch is the last thing it does. */
  | {
      readonly kind: 'doom';
      readonly owner: number;
      readonly when: 'before-commit' | 'after-commit';
    }
  | { readonly kind: 'move'; readonly ledger: number; readonly owner: number }
  | { readonly kind: 'clock'; readonly byMs: number }
  | { readonly kind: 'skew'; readonly owner: number; readonly byMs: number }
  | { readonly kind: 'tick'; readonly owner: number }
  | { readonly kind: 'peer'; readonly ledger: number }
  | { readonly kind: 'session'; readonly ledger: number }
  /** The session at this gateway hears nothing of its owner, and is not heard. */
  | {
      readonly kind: 'deafen';
      readonly ledger: number;
      readonly gateway: number;
      readonly isDeaf: boolean;
    };
