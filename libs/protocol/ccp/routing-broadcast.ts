import { isUtf8 } from 'node:buffer';
import type { ProtocolData } from '../btp/btp-packet';
import { jsonEntry, octetEntry, protocolEntry, SUB_PROTOCOL } from '../btp/sub-protocols';
import { OerReader } from '../oer/oer-reader';
import { UnreadablePacketError } from '../oer/unreadable-packet-error';
import { BROADCAST_LIMITS, type BroadcastLimits } from './broadcast-limits';
import { ExactJsonError, JsonNumber, type JsonValue, parseExactJson } from '../json';
import { readRoutingUpdate, type UpdateDefaults } from './read-routing-update';
import type { ReceivedRoutingUpdate, RoutingUpdate } from './routing-update';
import { RoutingUpdateError } from './routing-update-error';
import { type BroadcastForm, writeRoutingUpdate } from './write-routing-update';

const METHOD = 'broadcast_routes';
const UPDATE_TYPE = 0;
const FULL_TABLE_REQUEST_TYPE = 1;
const DEFAULT_HOLD_DOWN_MS = 45_000;
const DEFAULT_WINDOW_S = 1;

/** What a peer says about routes. */
export type RoutingBroadcast =
  | { readonly type: 'update'; readonly update: ReceivedRoutingUpdate }
  | { readonly type: 'full-table-request' };

/** Who speaks, and how much we listen to. */
export interface BroadcastSetting {
  /** The prefix of the ledger between us. */
  readonly ledger: string;
  /** The peer's address on it. */
  readonly peerAccount: string;
  readonly limits?: BroadcastLimits;
}

/**
 * The entry that carries an update to a peer: `custom` in BTP/1.0 and RPC, `ccp` in BTP/alpha
 * (SPEC §11.7).
 * @throws UnwritableFieldError
 */
export function broadcastEntry(
  update: RoutingUpdate,
  form: BroadcastForm,
  protocolName: 'custom' | 'ccp',
): ProtocolData {
  const json = `{"method":"${METHOD}","data":${writeRoutingUpdate(update, form)}}`;
  return jsonEntry(protocolName, Buffer.from(json));
}

/** The entry that asks a peer of BTP/alpha for everything it knows. */
export function fullTableRequestEntry(): ProtocolData {
  return octetEntry(SUB_PROTOCOL.ccp, Buffer.from([FULL_TABLE_REQUEST_TYPE]));
}

/**
 * What a Message says about routes, in any carriage of SPEC §11.7; undefined if it is about
 * something else. The size is looked at before anything is read.
 * @throws RoutingUpdateError
 */
export function readRoutingBroadcast(
  protocolData: readonly ProtocolData[],
  setting: BroadcastSetting,
): RoutingBroadcast | undefined {
  const ccp = protocolEntry(protocolData, SUB_PROTOCOL.ccp);
  const entry = ccp ?? protocolEntry(protocolData, SUB_PROTOCOL.custom);
  if (entry === undefined) return undefined;
  const limits = setting.limits ?? BROADCAST_LIMITS;
  const [first] = entry.data;
  if (entry.data.length > limits.maxBytes) throw new RoutingUpdateError('message', 'too-large');
  if (first === FULL_TABLE_REQUEST_TYPE && entry.data.length === 1) {
    return { type: 'full-table-request' };
  }
  const value =
    first === UPDATE_TYPE ? parse(octetForm(entry.data), limits) : jsonForm(entry.data, limits);
  if (value === undefined) return undefined;
  const defaults = ccp === undefined ? {} : ccpDefaults(setting);
  return { type: 'update', update: readRoutingUpdate(value, defaults, limits) };
}

/** The update without an envelope, behind its length. */
function octetForm(bytes: Buffer): Buffer {
  try {
    return new OerReader(bytes.subarray(1)).varOctets('data');
  } catch (error) {
    if (!(error instanceof UnreadablePacketError)) throw error;
    throw new RoutingUpdateError('message', 'truncated');
  }
}

/** The update in an envelope of JSON; undefined for another method. */
function jsonForm(bytes: Buffer, limits: BroadcastLimits): JsonValue | undefined {
  const envelope = parse(bytes, limits);
  if (!(envelope instanceof Map)) return undefined;
  const [method, type] = [envelope.get('method'), envelope.get('type')];
  const isUpdate =
    method === METHOD ||
    (method === undefined && type instanceof JsonNumber && type.value === UPDATE_TYPE);
  if (!isUpdate) return undefined;
  const data = envelope.get('data');
  if (data === undefined) throw new RoutingUpdateError('data', 'missing');
  return data;
}

/** What is not UTF-8 would be read as something else than was written. */
function parse(bytes: Buffer, limits: BroadcastLimits): JsonValue {
  if (!isUtf8(bytes)) throw new RoutingUpdateError('message', 'not-utf8');
  try {
    return parseExactJson(bytes.toString('utf8'), { maxDepth: limits.maxDepth });
  } catch (error) {
    if (!(error instanceof ExactJsonError)) throw error;
    throw new RoutingUpdateError('message', error.rule === 'too-deep' ? 'too-deep' : 'not-json');
  }
}

function ccpDefaults({ ledger, peerAccount }: BroadcastSetting): UpdateDefaults {
  return {
    holdDownMs: DEFAULT_HOLD_DOWN_MS,
    unreachable: [],
    sourceLedger: ledger,
    sourceAccount: peerAccount,
    minMessageWindowS: DEFAULT_WINDOW_S,
  };
}
