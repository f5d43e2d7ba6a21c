import type { IlpError } from '../ilp/ilp-packet';
import type { BtpFulfill, BtpMessage, BtpPrepare, BtpResponse, ProtocolData } from './btp-packet';

/** "Done, nothing to say": exists in BTP/alpha only. */
export interface AlphaAck {
  readonly type: 'ack';
  readonly requestId: number;
  readonly protocolData: readonly ProtocolData[];
}

/** Carries its reason as an ILP error inside the packet, not as code and name. */
export interface AlphaError {
  readonly type: 'error';
  readonly requestId: number;
  readonly protocolData: readonly ProtocolData[];
  readonly rejectionReason: IlpError;
}

export interface AlphaReject {
  readonly type: 'reject';
  readonly requestId: number;
  readonly protocolData: readonly ProtocolData[];
  readonly transferId: string;
  readonly rejectionReason: IlpError;
}

/** A BTP/alpha packet (SPEC §5.3): as in BTP/1.0 but for these three. */
export type BtpAlphaPacket =
  AlphaAck | BtpResponse | AlphaError | BtpPrepare | BtpFulfill | AlphaReject | BtpMessage;

export const ALPHA_TYPE_BYTE = {
  ack: 1,
  response: 2,
  error: 3,
  prepare: 4,
  fulfill: 5,
  reject: 6,
  message: 7,
} as const satisfies Record<BtpAlphaPacket['type'], number>;
