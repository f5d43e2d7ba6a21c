import {
  type BtpAnswer,
  decodeIlp,
  errorMessage,
  jsonEntry,
  octetEntry,
  type ProtocolData,
  protocolEntry,
  SUB_PROTOCOL,
} from '#protocol';
import type { BtpPeer } from '#testing';

/** What was told must not run out because somebody stood still. */
export const HOLD_DOWN_MS = 600_000;

/** Brings half of what is sent, up to as much as any ledger of a siege can carry. */
export const HALF = [
  [0, 0],
  [1_000, 500],
] as const;

/** A route as a peer tells it over its ledger with us. */
export function aRoute(of: string, destination: string, more: object = {}): object {
  return {
    source_ledger: `test.${of}.`,
    destination_ledger: destination,
    source_account: `test.${of}.client`,
    min_message_window: 1,
    points: HALF,
    ...more,
  };
}

export function anUpdate(routes: readonly object[], more: object = {}): object {
  return { new_routes: routes, hold_down_time: HOLD_DOWN_MS, unreachable_through_me: [], ...more };
}

export function broadcastOf(update: unknown): ProtocolData {
  return written(JSON.stringify(update));
}

/** The same for what JavaScript would not write. */
export function written(update: string): ProtocolData {
  return jsonEntry('custom', Buffer.from(`{"method":"broadcast_routes","data":${update}}`));
}

/** Routes in few bytes: SPEC §11.7 lets `ccp` leave everything of a route out but the destination. */
export function tersely(destinations: readonly string[]): ProtocolData {
  const routes = destinations.map((one) => `{"destination_ledger":"${one}"}`);
  const json = Buffer.from(`{"hold_down_time":${HOLD_DOWN_MS},"new_routes":[${routes.join(',')}]}`);
  const head = Buffer.from([
    0,
    0x83,
    json.length >> 16,
    (json.length >> 8) & 0xff,
    json.length & 0xff,
  ]);
  const minimal = json.length > 0xffff ? head : Buffer.from([0, 0x82, ...head.subarray(3)]);
  return octetEntry('ccp', Buffer.concat([minimal, json]));
}

/** `accepted`, `refused F00 …` by an ILP error in a Response, or `T00 UnreachableError` by an Error. */
export function verdictOf(answer: BtpAnswer): string {
  if (answer.type === 'error') return `${answer.code} ${answer.name}`;
  const ilp = protocolEntry(answer.protocolData, SUB_PROTOCOL.ilp);
  if (ilp === undefined) return 'accepted';
  const packet = decodeIlp(ilp.data);
  if (packet.type !== 'error') return packet.type;
  return `refused ${packet.code} ${errorMessage(packet.data)}`;
}

/** Tells it, and waits for the verdict. */
export async function tells(peer: BtpPeer, entry: ProtocolData): Promise<string> {
  return verdictOf(await peer.message(entry));
}
