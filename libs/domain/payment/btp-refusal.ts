import type { NotOpen, Refusal } from '#domain/ledger';
import type { BtpErrorName } from '#protocol';

/** What a peer is told instead of a Response. */
export interface BtpRefusal {
  readonly name: BtpErrorName;
  readonly message: string;
}

/**
 * The BTP error for every reason why a peer's call changes nothing (SPEC §5.7, §5.8). The ledger
 * lies between us and this very peer, so it may see its numbers.
 */
export function btpRefusal(refusal: Refusal): BtpRefusal {
  switch (refusal.kind) {
    case 'LedgerNotFound':
      return { name: 'UnreachableError', message: 'the ledger is not available now' };
    case 'AmountOutOfRange':
      return {
        name: 'InvalidFieldsError',
        message: `amount ${refusal.amount.toString()} is not between 1 and ${refusal.maximum.toString()}`,
      };
    case 'DuplicateId':
      return {
        name: 'DuplicateIdError',
        message: `transfer ${refusal.transferId} is known with other content`,
      };
    case 'AlreadyFulfilled':
      return {
        name: 'AlreadyFulfilledError',
        message: `transfer ${refusal.transferId} is fulfilled`,
      };
    case 'AlreadyRolledBack':
      return {
        name: 'AlreadyRolledBackError',
        message: `transfer ${refusal.transferId} is rolled back`,
      };
    case 'LedgerNotOpen':
      return notOpen(refusal.standing);
    case 'SumOutOfRange':
      return {
        name: 'InsufficientBalanceError',
        message: `the sum would be ${refusal.sum.toString()}, more than ${refusal.maximum.toString()} cannot be counted`,
      };
    case 'InsufficientBalance':
      return {
        name: 'InsufficientBalanceError',
        message: `amount ${refusal.required.toString()} is more than the limit leaves, ${refusal.available.toString()}`,
      };
    case 'TransferNotFound':
      return {
        name: 'TransferNotFoundError',
        message: `transfer ${refusal.transferId} is not known`,
      };
    case 'WrongDirection':
      return {
        name: 'NotAcceptedError',
        message: `transfer ${refusal.transferId} is not yours to end`,
      };
    case 'InvalidFulfillment':
      return {
        name: 'InvalidFulfillmentError',
        message: `the fulfillment does not fulfill transfer ${refusal.transferId}`,
      };
  }
}

/** Only a closed ledger stays so: whoever asks for another standing may ask again. */
function notOpen(standing: NotOpen): BtpRefusal {
  if (standing === 'closed') return { name: 'NotAcceptedError', message: 'the ledger is closed' };
  return { name: 'UnreachableError', message: `the ledger is ${standing}, try again later` };
}
