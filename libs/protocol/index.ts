/**
 * How bytes read: BTP/1.0, BTP/alpha, ILP and ILQP packets, route broadcasts, addresses, ids and BTP
 * URIs. Pure; what cannot be read raises UnreadablePacketError, or InvalidFieldError where a peer is
 * owed an answer.
 */
export { UnreadablePacketError, type UnreadableRule } from './oer/unreadable-packet-error';
export { UnwritableFieldError, type UnwritableRule } from './oer/unwritable-field-error';
export * from './ilp';
export * from './btp';
export * from './ccp';
export { ExactJsonError, JsonNumber, type JsonValue, parseExactJson } from './json';
export * from './rpc';
export * from './webfinger';
