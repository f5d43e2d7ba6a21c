/** One point of a liquidity curve: source units, destination units (SPEC §10.1). */
export type CurvePoint = readonly [x: bigint, y: bigint];

/** Type 1: the amount that is to arrive at `account`, in units of the destination ledger. */
export interface IlpPayment {
  readonly type: 'payment';
  readonly amount: bigint;
  readonly account: string;
  readonly data: Buffer;
}

/** Type 10: whatever arrives, arrives. */
export interface IlpForwardedPayment {
  readonly type: 'forwarded-payment';
  readonly account: string;
  readonly data: Buffer;
}

/** Type 9: data that travels back with a fulfillment. */
export interface IlpFulfillmentData {
  readonly type: 'fulfillment-data';
  readonly data: Buffer;
}

/** Type 11: read, never originated (SPEC §6.2). */
export interface IlpRejection {
  readonly type: 'rejection';
  readonly code: string;
  readonly triggeredBy: string;
  readonly message: string;
  readonly data: Buffer;
}

/** Type 8. `code` counts, `name` informs. Addresses in it are text from afar and not checked. */
export interface IlpError {
  readonly type: 'error';
  readonly code: string;
  readonly name: string;
  readonly triggeredBy: string;
  readonly forwardedBy: readonly string[];
  readonly triggeredAtMs: number;
  readonly data: Buffer;
}

/** Type 2. */
export interface LiquidityRequest {
  readonly type: 'liquidity-request';
  readonly destinationAccount: string;
  readonly destinationHoldDurationMs: number;
}

/** Type 3. No points: nothing is possible. `appliesToPrefix` may be empty. */
export interface LiquidityResponse {
  readonly type: 'liquidity-response';
  readonly points: readonly CurvePoint[];
  readonly appliesToPrefix: string;
  readonly sourceHoldDurationMs: number;
  readonly expiresAtMs: number;
}

/** Type 4. */
export interface BySourceRequest {
  readonly type: 'by-source-request';
  readonly destinationAccount: string;
  readonly sourceAmount: bigint;
  readonly destinationHoldDurationMs: number;
}

/** Type 5. */
export interface BySourceResponse {
  readonly type: 'by-source-response';
  readonly destinationAmount: bigint;
  readonly sourceHoldDurationMs: number;
}

/** Type 6. */
export interface ByDestinationRequest {
  readonly type: 'by-destination-request';
  readonly destinationAccount: string;
  readonly destinationAmount: bigint;
  readonly destinationHoldDurationMs: number;
}

/** Type 7. */
export interface ByDestinationResponse {
  readonly type: 'by-destination-response';
  readonly sourceAmount: bigint;
  readonly sourceHoldDurationMs: number;
}

export type IlqpRequest = LiquidityRequest | BySourceRequest | ByDestinationRequest;
export type IlqpResponse = LiquidityResponse | BySourceResponse | ByDestinationResponse;

/**
 * Any ILP packet of SPEC §6. Amounts are base units, durations and times milliseconds. Buffers of
 * a decoded packet share memory with the bytes it was read from.
 */
export type IlpPacket =
  | IlpPayment
  | IlpForwardedPayment
  | IlpFulfillmentData
  | IlpRejection
  | IlpError
  | IlqpRequest
  | IlqpResponse;

/** First byte of each packet (SPEC §6). */
export const ILP_TYPE_BYTE = {
  payment: 1,
  'liquidity-request': 2,
  'liquidity-response': 3,
  'by-source-request': 4,
  'by-source-response': 5,
  'by-destination-request': 6,
  'by-destination-response': 7,
  error: 8,
  'fulfillment-data': 9,
  'forwarded-payment': 10,
  rejection: 11,
} as const satisfies Record<IlpPacket['type'], number>;

/** Greatest sizes in bytes, held in both directions (SPEC §5.10, §6.4). */
export const ILP_LIMIT = {
  paymentData: 32_767,
  errorData: 8192,
  rejectionMessage: 8191,
} as const;

/** Bytes of an error code. */
export const ERROR_CODE_SIZE = 3;
