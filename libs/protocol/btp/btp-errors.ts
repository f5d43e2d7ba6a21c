import { errorData } from '../ilp/error-data';
import { type BtpError, MAX_ERROR_DATA_SIZE } from './btp-packet';

/** The errors of BTP and their RFC codes, which we send (SPEC §5.8). */
export const BTP_ERRORS = {
  UnreachableError: 'T00',
  NotAcceptedError: 'F00',
  InvalidFieldsError: 'F01',
  TransferNotFoundError: 'F03',
  InvalidFulfillmentError: 'F04',
  DuplicateIdError: 'F05',
  AlreadyRolledBackError: 'F06',
  AlreadyFulfilledError: 'F07',
  InsufficientBalanceError: 'F08',
} as const;

export type BtpErrorName = keyof typeof BTP_ERRORS;

const NAME_OF_CODE: ReadonlyMap<string, BtpErrorName> = new Map(
  Object.entries(BTP_ERRORS).flatMap(([name, code]) =>
    isBtpErrorName(name) ? [[code, name] as const] : [],
  ),
);

/**
 * What an error of a peer means: by its name, because historic peers shift the codes from F02 on;
 * by its RFC code only where the name is unknown; else NotAcceptedError (SPEC §5.8).
 */
export function resolveBtpError(error: {
  readonly name: string;
  readonly code: string;
}): BtpErrorName {
  if (isBtpErrorName(error.name)) return error.name;
  return NAME_OF_CODE.get(error.code) ?? 'NotAcceptedError';
}

/** An Error of ours: RFC code, and the message as JSON of at most 8192 bytes. */
export function btpError(cause: {
  readonly requestId: number;
  readonly name: BtpErrorName;
  readonly message: string;
  readonly triggeredAtMs: number;
}): BtpError {
  return {
    type: 'error',
    requestId: cause.requestId,
    protocolData: [],
    code: BTP_ERRORS[cause.name],
    name: cause.name,
    triggeredAtMs: cause.triggeredAtMs,
    data: errorData(cause.message, MAX_ERROR_DATA_SIZE),
  };
}

/** Whether BTP itself knows an error of this name. */
export function isBtpErrorName(name: string): name is BtpErrorName {
  return Object.hasOwn(BTP_ERRORS, name);
}
