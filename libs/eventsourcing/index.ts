export { canonicalJson, type JsonObject, type JsonValue } from './canonical-json';
export { chainHash, GENESIS_HASH, type HashedEvent } from './hash-chain';
export { type MemberRule, PayloadMembers } from './payload-members';
export type { RecordedEvent } from './recorded-event';
export { verifyLink, type BrokenLink, type ChainHead } from './verify-chain';
