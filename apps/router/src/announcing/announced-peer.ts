import type { Spoken } from '#contracts';
import type { CcpDialect } from '#protocol';

/** A peer that is told our routes, as long as it is connected. */
export interface AnnouncedPeer {
  readonly peerId: string;
  readonly ledgerId: string;
  /** The prefix of the ledger between us. */
  readonly sourceLedger: string;
  /** Our address on it. */
  readonly sourceAccount: string;
  readonly dialect: CcpDialect | 'auto';
  /** undefined = not connected. */
  readonly session: AnnouncedSession | undefined;
}

export interface AnnouncedSession {
  /** Another one after each reconnect. */
  readonly id: string;
  /** When it was opened, ms since the epoch by the gateway's clock. */
  readonly sinceMs: number;
  readonly speaks: Spoken;
  /** That the peer says it reads (SPEC D-9). */
  readonly dialects: readonly CcpDialect[];
}

/** Is it told on the same ledger, under the same name? Then what it knows still holds. */
export function isSameAccount(one: AnnouncedPeer, other: AnnouncedPeer): boolean {
  return (
    one.ledgerId === other.ledgerId &&
    one.sourceLedger === other.sourceLedger &&
    one.sourceAccount === other.sourceAccount
  );
}
