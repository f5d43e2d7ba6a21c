export {
  type AddressFault,
  areNested,
  isAddress,
  isAddressedTo,
  isLedgerPrefix,
  isPeerLedger,
  matchesPrefix,
  MAX_ADDRESS_LENGTH,
  ownAddressFault,
  ownPrefixFault,
} from './address';
export { fromBase64Url, toBase64Url } from './base64url';
export { conditionOf, FULFILLMENT_SIZE } from './condition';
export { decodeCurve, encodeCurve } from './curve-bytes';
export { decodeIlp } from './decode-ilp';
export { encodeIlp } from './encode-ilp';
export { errorMessage, shortenErrorData } from './error-data';
export {
  boundedError,
  countedErrorCode,
  errorOfRejection,
  forwardedError,
  ILP_ERROR_NAMES,
  ilpError,
  type IlpErrorCause,
  type IlpErrorCode,
  isIlpErrorCode,
} from './ilp-errors';
export {
  type ByDestinationRequest,
  type ByDestinationResponse,
  type BySourceRequest,
  type BySourceResponse,
  type CurvePoint,
  ILP_LIMIT,
  type IlpError,
  type IlpForwardedPayment,
  type IlpFulfillmentData,
  type IlpPacket,
  type IlpPayment,
  type IlpRejection,
  type IlqpRequest,
  type IlqpResponse,
  type LiquidityRequest,
  type LiquidityResponse,
} from './ilp-packet';
export { type PaymentPeek, peekPayment } from './peek-payment';
export { outgoingTransferId, transferIdBytes, transferIdText } from './transfer-id';
