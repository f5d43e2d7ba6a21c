import type { PeerBroadcast } from '#contracts';
import { type ProtocolData, SUB_PROTOCOL } from '#protocol';
import { parsedCustom } from './custom-json';

const METHOD = 'broadcast_routes';
/** Of the octet form and, as a member `type`, of one of the forms in JSON (SPEC §11.7). */
const UPDATE_TYPE = 0;
const FULL_TABLE_REQUEST_TYPE = 1;
/** Longer ones that name the method are not read to be sure: reading costs more than passing on. */
const READ_UP_TO_BYTES = 4_096;

/**
 * How the primary entry of a Message carries a broadcast of routes, in any form of SPEC §11.7;
 * undefined if it is about something else. Whether the broadcast makes sense the router finds out.
 */
export function broadcastCarriage(entry: ProtocolData): PeerBroadcast['carriage'] | undefined {
  if (entry.protocolName === SUB_PROTOCOL.ccp) return 'ccp';
  if (entry.protocolName !== SUB_PROTOCOL.custom) return undefined;
  return isOctetForm(entry.data) || isJsonForm(entry) ? 'custom' : undefined;
}

function isOctetForm(data: Buffer): boolean {
  if (data[0] === UPDATE_TYPE) return true;
  return data.length === 1 && data[0] === FULL_TABLE_REQUEST_TYPE;
}

function isJsonForm(custom: ProtocolData): boolean {
  if (custom.data.length > READ_UP_TO_BYTES && custom.data.includes(METHOD)) return true;
  const { method, type } = parsedCustom(custom);
  return method === METHOD || (method === undefined && type === UPDATE_TYPE);
}
