import { type LedgerState, peerAddress, type RefusePlan } from '#domain/ledger';
import {
  boundedError,
  decodeIlp,
  encodeIlp,
  errorOfRejection,
  forwardedError,
  ILP_ERROR_NAMES,
  type IlpError,
  ilpError,
  type IlpErrorCode,
  isAddress,
  UnreadablePacketError,
} from '#protocol';
import type { IlpFault } from './ilp-rejection';

const ERROR_CODE = /^[A-Z][0-9]{2}$/;

/** Whose words a reason is, and when they were said. */
export interface Speaker {
  /** ILP address of the account that is to blame. */
  readonly triggeredBy: string;
  readonly atMs: number;
}

/** An error of our own, encoded. */
export function ownReason(fault: IlpFault, speaker: Speaker): Buffer {
  return encodeIlp(
    ilpError({
      code: fault.code,
      triggeredBy: speaker.triggeredBy,
      triggeredAtMs: speaker.atMs,
      data: fault.message,
    }),
  );
}

/**
 * The error of a plan that refuses. Its code may be one we do not know, relayed from a quote; what
 * has no wire form is replaced, for a plan that cannot be refused would stay open for ever.
 */
export function plannedReason(plan: RefusePlan, speaker: Speaker): Buffer {
  const error = ilpError({
    code: 'T00',
    triggeredBy: isAddress(plan.triggeredBy) ? plan.triggeredBy : speaker.triggeredBy,
    triggeredAtMs: speaker.atMs,
    data: plan.message,
  });
  const { code } = plan;
  if (isKnown(code)) return encodeIlp({ ...error, code, name: ILP_ERROR_NAMES[code] });
  return encodeIlp(ERROR_CODE.test(code) ? { ...error, code, name: code } : error);
}

/** The same; what a next hop said instead of a quote is passed on by us (SPEC §12.3, §13.3). */
export function relayedReason(plan: RefusePlan, speaker: Speaker): Buffer {
  const reason = plannedReason(plan, speaker);
  const isOurs = plan.triggeredBy === speaker.triggeredBy || !isAddress(plan.triggeredBy);
  return isOurs ? reason : forwardedReason(reason, speaker.triggeredBy, speaker.atMs);
}

/**
 * The reason of a peer's Reject as an ILP error that can be relayed: a type 11 becomes a type 8
 * (SPEC §6.2); what is missing or cannot be read becomes F00, blamed on the peer.
 */
export function peerReason(ledger: LedgerState, reason: Buffer, atMs: number): Buffer {
  const error = readError(reason, atMs);
  if (error !== undefined) return encodeIlp(boundedError(error));
  const fault: IlpFault = { code: 'F00', message: 'the peer rejected without a readable reason' };
  return ownReason(fault, { triggeredBy: peerAddress(ledger), atMs });
}

/** The same error, with our own account on the ledger of the payer as its latest forwarder. */
export function forwardedReason(reason: Buffer, ownAccount: string, atMs: number): Buffer {
  const error = readError(reason, atMs);
  if (error === undefined) {
    const fault: IlpFault = { code: 'F00', message: 'rejected without a readable reason' };
    return ownReason(fault, { triggeredBy: ownAccount, atMs });
  }
  return encodeIlp(forwardedError(error, ownAccount));
}

function readError(reason: Buffer, atMs: number): IlpError | undefined {
  try {
    const packet = decodeIlp(reason);
    if (packet.type === 'rejection') return errorOfRejection(packet, atMs);
    return packet.type === 'error' ? packet : undefined;
  } catch (error) {
    if (error instanceof UnreadablePacketError) return undefined;
    throw error;
  }
}

function isKnown(code: string): code is IlpErrorCode {
  return Object.hasOwn(ILP_ERROR_NAMES, code);
}
