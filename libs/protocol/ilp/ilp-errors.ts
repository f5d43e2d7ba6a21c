import { MAX_ADDRESS_LENGTH } from './address';
import { errorData } from './error-data';
import { ILP_LIMIT, type IlpError, type IlpRejection } from './ilp-packet';

/** The codes of SPEC §6.5 and their names. Unknown codes are relayed as they are. */
export const ILP_ERROR_NAMES = {
  F00: 'Bad Request',
  F01: 'Invalid Packet',
  F02: 'Unreachable',
  F03: 'Invalid Amount',
  F04: 'Insufficient Destination Amount',
  F05: 'Wrong Condition',
  F06: 'Unexpected Payment',
  F07: 'Cannot Receive',
  F99: 'Application Error',
  T00: 'Internal Error',
  T01: 'Ledger Unreachable',
  T02: 'Ledger Busy',
  T03: 'Connector Busy',
  T04: 'Insufficient Liquidity',
  T05: 'Rate Limited',
  T99: 'Application Error',
  R00: 'Transfer Timed Out',
  R01: 'Insufficient Source Amount',
  R02: 'Insufficient Timeout',
  R99: 'Application Error',
} as const;

export type IlpErrorCode = keyof typeof ILP_ERROR_NAMES;

/** What an ILP error of ours is made of. */
export interface IlpErrorCause {
  readonly code: IlpErrorCode;
  /** Our account on the ledger the error is sent over. */
  readonly triggeredBy: string;
  readonly triggeredAtMs: number;
  /** Text for people, sent as `{"message":…}`; bytes are sent as they are. */
  readonly data: string | Buffer;
}

/** An error that starts here: nobody has forwarded it yet. Long data is cut to 8192 bytes. */
export function ilpError(cause: IlpErrorCause): IlpError {
  const { code, triggeredBy, triggeredAtMs, data } = cause;
  return {
    type: 'error',
    code,
    name: ILP_ERROR_NAMES[code],
    triggeredBy,
    forwardedBy: [],
    triggeredAtMs,
    data:
      typeof data === 'string'
        ? errorData(data, ILP_LIMIT.errorData)
        : data.subarray(0, ILP_LIMIT.errorData),
  };
}

/**
 * A rejection (type 11) as the error (type 8) it is to be treated as: name by code, data from its
 * message, and the time it came in for the time it lacks (SPEC §6.2).
 */
export function errorOfRejection(rejection: IlpRejection, receivedAtMs: number): IlpError {
  const { code, triggeredBy, message } = rejection;
  return {
    type: 'error',
    code,
    name: isIlpErrorCode(code) ? ILP_ERROR_NAMES[code] : code,
    triggeredBy,
    forwardedBy: [],
    triggeredAtMs: receivedAtMs,
    data: Buffer.from(message),
  };
}

/** Longest error name that is relayed; those of SPEC §6.5 have at most 31 characters. */
const MAX_NAME_LENGTH = 64;
/** Most forwarders that are relayed, the latest ones; keeps an error well below one BTP frame. */
const MAX_FORWARDERS = 20;

/** Texts of afar may be of any length; ours fit into a frame, whatever is added on the way. */
export function boundedError(error: IlpError): IlpError {
  return {
    ...error,
    name: error.name.slice(0, MAX_NAME_LENGTH),
    triggeredBy: error.triggeredBy.slice(0, MAX_ADDRESS_LENGTH),
    forwardedBy: error.forwardedBy
      .slice(-MAX_FORWARDERS)
      .map((account) => account.slice(0, MAX_ADDRESS_LENGTH)),
    data: error.data.subarray(0, ILP_LIMIT.errorData),
  };
}

/** The same error, with one more account that has passed it on. */
export function forwardedError(error: IlpError, account: string): IlpError {
  return boundedError({ ...error, forwardedBy: [...error.forwardedBy, account] });
}

/** Is it one of SPEC §6.5? Codes from afar may be any three bytes. */
export function isIlpErrorCode(code: string): code is IlpErrorCode {
  return Object.hasOwn(ILP_ERROR_NAMES, code);
}

/** As it is counted: next hops may make up as many codes as they like. */
export function countedErrorCode(code: string): IlpErrorCode | 'unknown-error' {
  return isIlpErrorCode(code) ? code : 'unknown-error';
}
