import {
  alphaBalanceEntry,
  asksForFullInfo,
  accountInfoEntry,
  balanceEntry,
  type BalanceLimit,
  type BtpErrorName,
  type BtpRequest,
  type LedgerInfo,
  ledgerInfoEntry,
  limitEntry,
  type ProtocolData,
  SUB_PROTOCOL,
} from '#protocol';

/** How the peer reacts to a request: an answer, or none at all. */
export type Reaction =
  | { readonly respond: readonly ProtocolData[] }
  | { readonly error: BtpErrorName; readonly message?: string }
  | 'silence';

/** Undefined leaves the request to whatever comes next, in the end an empty Response. */
export type Script = (request: BtpRequest) => Reaction | Promise<Reaction> | undefined;

/** An empty Response to everything. */
export const AGREE: Reaction = { respond: [] };

/** What a peer that administers the ledger says of it. */
export interface AdministeredLedger {
  readonly info: LedgerInfo;
  /** Account name of the administrator, without the prefix; `server` unless told otherwise. */
  readonly account?: string;
  /** The administrator's own view, positive = the other owes it; 0 unless told otherwise. */
  readonly balance?: () => bigint;
  readonly limit?: () => BalanceLimit;
}

/** Answers `info`, `balance` and `limit` as a historic listener with a store does. */
export function administrator(ledger: AdministeredLedger): Script {
  return answering((asked) => answerOf(asked, ledger));
}

/** The same in BTP/alpha, which tells the asker its own balance, if that is not below zero. */
export function alphaAdministrator(ledger: AdministeredLedger): Script {
  return answering((asked) => {
    if (asked.protocolName !== SUB_PROTOCOL.balance) return answerOf(asked, ledger);
    const askers = -(ledger.balance?.() ?? 0n);
    return alphaBalanceEntry(askers < 0n ? 0n : askers);
  });
}

function answering(answer: (asked: ProtocolData) => ProtocolData | undefined): Script {
  return (request) => {
    const [primary] = request.type === 'message' ? request.protocolData : [];
    const entry = primary === undefined ? undefined : answer(primary);
    return entry === undefined ? undefined : { respond: [entry] };
  };
}

function answerOf(asked: ProtocolData, ledger: AdministeredLedger): ProtocolData | undefined {
  switch (asked.protocolName) {
    case SUB_PROTOCOL.info:
      return asksForFullInfo(asked)
        ? ledgerInfoEntry(ledger.info)
        : accountInfoEntry(ledger.info.prefix + (ledger.account ?? 'server'));
    case SUB_PROTOCOL.balance:
      return balanceEntry(ledger.balance?.() ?? 0n);
    case SUB_PROTOCOL.limit:
      return limitEntry(ledger.limit?.() ?? 'unlimited');
    default:
      return undefined;
  }
}
