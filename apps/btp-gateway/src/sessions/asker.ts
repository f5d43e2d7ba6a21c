import {
  type BtpError,
  type BtpErrorName,
  type BtpResponse,
  errorMessage,
  resolveBtpError,
} from '#protocol';

/**
 * Whoever asked the peer something. Of the three exactly one is called, once for each asking. One
 * object can ask again and again, but not twice at a time.
 */
export interface Asker {
  /** Written by the session. */
  askedAtMs: number;
  onResponse(response: BtpResponse, nowMs: number): void;
  onRefusal(refusal: Refusal, nowMs: number): void;
  /** Too late, or the session ended: what the peer made of the request is unknown. */
  onSilence(reason: 'timeout' | 'closed', nowMs: number): void;
}

/** An Error of the peer, as it is to be understood (SPEC §5.8). */
export interface Refusal {
  readonly name: BtpErrorName;
  readonly message: string;
  /** The peer could not, for now; otherwise the same request must not be repeated. */
  readonly isTemporary: boolean;
  /**
   * The peer used a name of its own, as `TypeError`: its program stumbled, which tells nothing about
   * the transfer (SPEC §5.8).
   */
  readonly isUnknown: boolean;
  /** As it came, for whoever passes it on; none if its frame was flawed. */
  readonly error?: BtpError;
}

const TEMPORARY_CLASS = 'T';

export function refusalOf(error: BtpError): Refusal {
  const name = resolveBtpError(error);
  return {
    name,
    message: errorMessage(error.data),
    isTemporary: name === 'UnreachableError' || isUnknownTemporary(error, name),
    isUnknown: name !== error.name,
    error,
  };
}

/** Codes are shifted by some peers, their classes are not. */
function isUnknownTemporary(error: BtpError, name: BtpErrorName): boolean {
  return name !== error.name && error.code.startsWith(TEMPORARY_CLASS);
}
