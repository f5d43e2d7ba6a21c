import type { PrepareRefusal } from '#domain/ledger';
import type { IlpErrorCode } from '#protocol';

/** Why a payment cannot go on from the ledger it came in on. */
export type PaymentFault =
  | PrepareRefusal
  /** The plan leads back to where the payment came from. */
  | { readonly kind: 'ReturnsToSource'; readonly ledgerId: string }
  | { readonly kind: 'NothingToForward'; readonly amount: bigint }
  | { readonly kind: 'OutgoingExpired'; readonly expiresAtMs: number; readonly nowMs: number }
  /** Our own money would be on hold longer than the money it is paid from. */
  | { readonly kind: 'OutgoingTooLong'; readonly expiresAtMs: number; readonly limitMs: number }
  /** The next peer answered our Prepare with a BTP error, by name. */
  | { readonly kind: 'PeerRefused'; readonly error: string; readonly message: string };

export interface IlpFault {
  readonly code: IlpErrorCode;
  readonly message: string;
}

/**
 * The ILP error for every reason why a payment ends here (SPEC §6.5, §13.6). It goes to people who
 * have no business with the ledger ahead, so it names neither its limits nor its peer's balance.
 */
export function ilpRejection(fault: PaymentFault): IlpFault {
  switch (fault.kind) {
    case 'LedgerNotFound':
      return { code: 'T01', message: 'the next ledger is not available' };
    case 'ReturnsToSource':
      return { code: 'F02', message: 'the way leads back to where the payment came from' };
    case 'NothingToForward':
      return { code: 'R01', message: 'nothing is left of the amount to forward' };
    case 'OutgoingExpired':
      return { code: 'R02', message: 'no time is left for the outgoing transfer' };
    case 'OutgoingTooLong':
      return { code: 'R02', message: 'the outgoing transfer would outlive the incoming one' };
    case 'AmountOutOfRange':
      return { code: 'F00', message: 'the next ledger cannot carry the amount' };
    case 'DuplicateId':
      return { code: 'F00', message: 'the next ledger knows the transfer with other content' };
    case 'AlreadyFulfilled':
    case 'AlreadyRolledBack':
      return { code: 'T01', message: 'the next ledger has finished with the transfer' };
    case 'LedgerNotOpen':
      return { code: 'T01', message: 'the next ledger takes no payments now' };
    case 'SumOutOfRange':
    case 'InsufficientBalance':
      return { code: 'T04', message: 'the next ledger has too little liquidity' };
    case 'PeerRefused':
      return { code: codeOfPeerError(fault.error), message: fault.message };
  }
}

/** SPEC §13.6: a definite Error in answer to our Prepare. Names are the peer's, so any text. */
function codeOfPeerError(name: string): IlpErrorCode {
  switch (name) {
    case 'InvalidFieldsError':
    case 'DuplicateIdError':
      return 'F00';
    case 'InsufficientBalanceError':
      return 'T04';
    case 'AccountNotFoundError':
      return 'F02';
    default:
      return 'T01';
  }
}
