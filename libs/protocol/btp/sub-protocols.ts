import type { ProtocolData } from './btp-packet';

/** Names of the sub-protocols of SPEC §5.5 and §5.6. */
export const SUB_PROTOCOL = {
  ilp: 'ilp',
  custom: 'custom',
  ccp: 'ccp',
  info: 'info',
  balance: 'balance',
  limit: 'limit',
  claim: 'claim',
  to: 'to',
  from: 'from',
  vouch: 'vouch',
  auth: 'auth',
  authUsername: 'auth_username',
  authToken: 'auth_token',
} as const;

/** What the data of an entry is (SPEC §5.2). */
export const CONTENT_TYPE = { octets: 0, text: 1, json: 2 } as const;

/** The entry of that name. Where a name repeats, the last one wins (SPEC §5.4 rule 6). */
export function protocolEntry(
  protocolData: readonly ProtocolData[],
  name: string,
): ProtocolData | undefined {
  for (let index = protocolData.length - 1; index >= 0; index -= 1) {
    const entry = protocolData[index];
    if (entry?.protocolName === name) return entry;
  }
  return undefined;
}

/** The ILP packet of a frame, to be sent as its first entry. */
export function ilpEntry(packet: Buffer): ProtocolData {
  return octetEntry(SUB_PROTOCOL.ilp, packet);
}

export function octetEntry(protocolName: string, data: Buffer): ProtocolData {
  return { protocolName, contentType: CONTENT_TYPE.octets, data };
}

export function textEntry(protocolName: string, text: string): ProtocolData {
  return { protocolName, contentType: CONTENT_TYPE.text, data: Buffer.from(text) };
}

/** An entry of JSON that is already text, as bytes: the codec never parses a `custom` payload. */
export function jsonEntry(protocolName: string, json: Buffer): ProtocolData {
  return { protocolName, contentType: CONTENT_TYPE.json, data: json };
}
