export { decodeBtpAlpha, encodeBtpAlpha } from './alpha-codec';
export { alphaFromBtp, type AlphaSpeaker, btpFromAlpha } from './alpha-dialect';
export type { AlphaAck, AlphaError, AlphaReject, BtpAlphaPacket } from './alpha-packet';
export { alphaCredentials, alphaWebSocketUrl } from './alpha-url';
export { type AuthFault, authMessage, type AuthResult, readAuth } from './auth';
export {
  alphaBalanceEntry,
  balanceEntry,
  type BalanceLimit,
  limitEntry,
  numberRequest,
  readAlphaBalance,
  readBalance,
  readLimit,
} from './balance-and-limit';
export { decodeBtp, encodeBtp } from './btp-codec';
export { BTP_ERRORS, btpError, type BtpErrorName, resolveBtpError } from './btp-errors';
export {
  type BtpAnswer,
  type BtpError,
  type BtpFulfill,
  type BtpMessage,
  type BtpPacket,
  type BtpPrepare,
  type BtpReject,
  type BtpRequest,
  type BtpResponse,
  isBtpRequestType,
  type ProtocolData,
} from './btp-packet';
export {
  type BtpUri,
  BtpUriError,
  type BtpUriRule,
  effectivePort,
  formatBtpUri,
  parseBtpUri,
  webSocketUrl,
} from './btp-uri';
export { InvalidFieldError } from './invalid-field-error';
export { MAX_INLINE_CONTENT } from './inline-error';
export {
  accountInfoEntry,
  asksForFullInfo,
  CCP_DIALECTS,
  type CcpDialect,
  infoRequest,
  type LedgerInfo,
  ledgerInfoEntry,
  readAccountInfo,
  readLedgerInfo,
} from './ledger-info';
export { decodeProtocolData, encodeProtocolData } from './protocol-data';
export {
  CONTENT_TYPE,
  ilpEntry,
  jsonEntry,
  octetEntry,
  protocolEntry,
  SUB_PROTOCOL,
  textEntry,
} from './sub-protocols';
