/**
 * One entry of the protocol data. `contentType` is what the wire says: 0 octets, 1 UTF-8 text,
 * 2 JSON; any other value is to be treated as 0 (SPEC §5.2). Names are one byte per character.
 */
export interface ProtocolData {
  readonly protocolName: string;
  readonly contentType: number;
  readonly data: Buffer;
}

interface Frame {
  /** UInt32; an answer bears that of its request. */
  readonly requestId: number;
  /** The first entry is primary and decides what is done; later ones are context. */
  readonly protocolData: readonly ProtocolData[];
}

export interface BtpResponse extends Frame {
  readonly type: 'response';
}

/** Dispatch on `name`, see `resolveBtpError`: the codes of historic peers are shifted. */
export interface BtpError extends Frame {
  readonly type: 'error';
  readonly code: string;
  readonly name: string;
  readonly triggeredAtMs: number;
  readonly data: Buffer;
}

export interface BtpPrepare extends Frame {
  readonly type: 'prepare';
  /** Lower-case UUID text. */
  readonly transferId: string;
  /** Base units; 0 is readable and for the ledger to refuse. */
  readonly amount: bigint;
  /** 32 bytes. */
  readonly executionCondition: Buffer;
  readonly expiresAtMs: number;
}

export interface BtpFulfill extends Frame {
  readonly type: 'fulfill';
  readonly transferId: string;
  /** 32 bytes. */
  readonly fulfillment: Buffer;
}

export interface BtpReject extends Frame {
  readonly type: 'reject';
  readonly transferId: string;
}

export interface BtpMessage extends Frame {
  readonly type: 'message';
}

export type BtpRequest = BtpPrepare | BtpFulfill | BtpReject | BtpMessage;
export type BtpAnswer = BtpResponse | BtpError;

/**
 * A BTP/1.0 packet (SPEC §5.2). Times are milliseconds since the epoch. Buffers of a decoded
 * packet are slices of the frame it was read from: copy what outlives the frame.
 */
export type BtpPacket = BtpRequest | BtpAnswer;

/** First byte of each packet in BTP/1.0; in BTP/alpha it is one more. */
export const BTP_TYPE_BYTE = {
  response: 1,
  error: 2,
  prepare: 3,
  fulfill: 4,
  reject: 5,
  message: 6,
} as const satisfies Record<BtpPacket['type'], number>;

/** Is a packet of this type owed an answer? */
export function isBtpRequestType(type: string): type is BtpRequest['type'] {
  return type === 'prepare' || type === 'fulfill' || type === 'reject' || type === 'message';
}

/** Greatest `data` of an Error, in bytes, held in both directions (SPEC §5.10). */
export const MAX_ERROR_DATA_SIZE = 8192;
