import { type ForwardPlan, ledgerId, type Transfer, transferId } from '#domain/ledger';
import {
  BTP_ERRORS,
  type BtpErrorName,
  decodeIlp,
  encodeIlp,
  errorMessage,
  ILP_ERROR_NAMES,
  type IlpError,
  ilpError,
  isIlpErrorCode,
  UnreadablePacketError,
} from '#protocol';
import type { BtpRefusal } from './btp-refusal';
import type { Speaker } from './reason';

/** What a validator plans for what one of its parties sends: the same on the other's ledger (D-17). */
export function mirrorPayment(
  payment: { readonly transferId: string; readonly amount: bigint; readonly expiresAtMs: number },
  otherLedgerId: string,
): ForwardPlan {
  return {
    kind: 'forward',
    ledgerId: ledgerId(otherLedgerId),
    transferId: transferId(payment.transferId),
    amount: payment.amount,
    expiresAtMs: payment.expiresAtMs,
  };
}

/**
 * Is it one leg of a payment that a validator mirrors? Both legs bear one id, and so do those of no
 * other payment: an id that we make for an outgoing transfer is a keyed hash of the incoming one's.
 */
export function isMirrored({ id, plan, cause }: Transfer): boolean {
  if (plan?.kind === 'forward') return plan.transferId === id;
  return cause?.transferId === id;
}

/**
 * What the payer of a mirrored payment is to be told instead of a Response: nothing yet, while the
 * payee has not spoken (SPEC D-17), or the Error by which the payee refused. undefined: as usual.
 */
export function mirrorAnswer(incoming: Transfer): 'not-yet' | BtpRefusal | undefined {
  if (!isMirrored(incoming)) return undefined;
  return incoming.status === 'prepared' ? 'not-yet' : mirroredRefusal(incoming);
}

/** The Error that ended a mirrored transfer before it began, if that is how it ended. */
export function mirroredRefusal(transfer: Transfer): BtpRefusal | undefined {
  const { status, reason } = transfer;
  if (status !== 'rejected' || reason === null || !isMirrored(transfer)) return undefined;
  const error = readError(reason);
  return error && isBtpErrorName(error.name)
    ? { name: error.name, message: errorMessage(error.data) }
    : undefined;
}

/**
 * A BTP Error as the reason of a rejection, in which it bears its own name: so the log knows, and the
 * owner of the other ledger, that the payer hears an Error and no Reject.
 */
export function refusalReason(
  fault: { readonly code: string; readonly message: string; readonly error?: string },
  { triggeredBy, atMs }: Speaker,
): Buffer {
  const { code, message, error = errorOf(code) } = fault;
  const name = isBtpErrorName(error) ? error : 'NotAcceptedError';
  const reason = ilpError({ code: 'T00', triggeredBy, triggeredAtMs: atMs, data: message });
  return encodeIlp({ ...reason, code: isIlpErrorCode(code) ? code : 'T00', name });
}

/** The same reason, under a name that no Error bears: a Reject is none, whatever it says. */
export function rejectionOnly(reason: Buffer): Buffer {
  const error = readError(reason);
  if (error === undefined || !isBtpErrorName(error.name)) return reason;
  const { code } = error;
  const name = isIlpErrorCode(code) ? ILP_ERROR_NAMES[code] : code;
  return encodeIlp({ ...error, name });
}

/** Why the other party's ledger could not take the transfer, as its payer hears it. */
function errorOf(code: string): BtpErrorName {
  if (code === 'T04') return 'InsufficientBalanceError';
  return code.startsWith('T') ? 'UnreachableError' : 'NotAcceptedError';
}

function readError(reason: Buffer): IlpError | undefined {
  try {
    const packet = decodeIlp(reason);
    return packet.type === 'error' ? packet : undefined;
  } catch (error) {
    if (error instanceof UnreadablePacketError) return undefined;
    throw error;
  }
}

function isBtpErrorName(name: string): name is BtpErrorName {
  return Object.hasOwn(BTP_ERRORS, name);
}
