import type { Authority } from '#domain/ledger';
import type { LedgerFigures } from './ledger-figures';

/** What the services ask each other over request/reply; amounts travel as decimal text. */

/** One ledger as routers, quoters and gateways need to know it. */
export interface LedgerDescription {
  readonly ledgerId: string;
  readonly prefix: string;
  readonly currencyCode: string;
  readonly currencyScale: number;
  /** Our account's name, without the prefix. */
  readonly account: string;
  readonly peerAccount: string;
  readonly authority: Authority;
  /** Decimal text; null = unlimited. */
  readonly maxBalance: string | null;
  readonly minBalance: string | null;
}

export interface LedgerListReply {
  readonly ledgers: readonly LedgerDescription[];
  /** Of those whose figures are known; left out by a ledger service that knows none. */
  readonly figures?: readonly LedgerFigures[] | undefined;
}

/** Opens a ledger, or checks that the opened one still says the same; only limits may differ. */
export type LedgerOpenRequest = LedgerDescription;
