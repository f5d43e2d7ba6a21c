import type { ProtocolData } from '../btp/btp-packet';
import { ilpEntry, protocolEntry, SUB_PROTOCOL } from '../btp/sub-protocols';
import { isAddress } from '../ilp/address';
import { decodeIlp } from '../ilp/decode-ilp';
import { encodeIlp } from '../ilp/encode-ilp';
import { errorMessage, shortenErrorData } from '../ilp/error-data';
import { ILP_ERROR_NAMES, ilpError } from '../ilp/ilp-errors';
import { ILP_LIMIT, type IlpError } from '../ilp/ilp-packet';
import { UnreadablePacketError } from '../oer/unreadable-packet-error';
import type { JsonObject, JsonValue } from '../json';
import { momentIn } from './rpc-members';
import { jsonBytes, parsedObject } from './rpc-side-data';

/** An ILP error in the members of the JSON world (SPEC §6.4). */
export interface RpcReason {
  readonly code: string;
  readonly name: string;
  readonly message: string;
  readonly triggered_by: string;
  /** ISO 8601. */
  readonly triggered_at: string;
  readonly forwarded_by: readonly string[];
  readonly additional_info: JsonObject;
}

/** In whose name, and when, an error is taken to be triggered that does not say so itself. */
export interface RpcSpeaker {
  readonly account: string;
  readonly nowMs: number;
}

const CODE = /^[A-Z]\d\d$/;
const NAME = /^[ -~]{1,128}$/;
const FORWARDERS = 32;

/**
 * The protocol data of a Reject for the reason that a peer gives. Nothing in it is refused: who gives
 * up money need not say why, and so what is missing or unreadable is filled in (SPEC §5.6).
 */
export function readReason(reason: unknown, speaker: RpcSpeaker): readonly ProtocolData[] {
  if (typeof reason === 'string') return [errorEntry(said(reason, speaker))];
  if (typeof reason !== 'object' || reason === null || Array.isArray(reason)) return [];
  return [errorEntry(errorOf({ ...reason }, speaker))];
}

/** What a Reject says, as a reason for the peer. */
export function writeReason(protocolData: readonly ProtocolData[], speaker: RpcSpeaker): RpcReason {
  const error = errorIn(protocolData) ?? said('rejected without a readable reason', speaker);
  return {
    code: error.code,
    name: error.name,
    message: errorMessage(error.data),
    triggered_by: error.triggeredBy,
    triggered_at: new Date(error.triggeredAtMs).toISOString(),
    forwarded_by: error.forwardedBy,
    additional_info: parsedObject(error.data) ?? new Map<string, JsonValue>(),
  };
}

/** `R00`, as whoever's clock ended a transfer would put it (SPEC §5.7). */
export function timedOutData({ account, nowMs }: RpcSpeaker): readonly ProtocolData[] {
  const expired = { code: 'R00', triggeredBy: account, triggeredAtMs: nowMs } as const;
  return [errorEntry(ilpError({ ...expired, data: Buffer.from('expired') }))];
}

function errorOf(reason: Readonly<Record<string, unknown>>, speaker: RpcSpeaker): IlpError {
  const { code, name, triggered_by: by, triggered_at: at } = reason;
  const known = typeof code === 'string' && CODE.test(code) ? code : 'F99';
  return {
    type: 'error',
    code: known,
    name: typeof name === 'string' && NAME.test(name) ? name : nameOf(known),
    triggeredBy: typeof by === 'string' && isAddress(by) ? by : speaker.account,
    forwardedBy: forwardersOf(reason.forwarded_by),
    triggeredAtMs: (typeof at === 'string' ? momentIn(at) : undefined) ?? speaker.nowMs,
    data: dataOf(reason, speaker),
  };
}

function nameOf(code: string): string {
  return new Map(Object.entries<string>(ILP_ERROR_NAMES)).get(code) ?? code;
}

/** Historic peers name the last forwarder only, as text. */
function forwardersOf(value: unknown): string[] {
  const list: unknown[] = Array.isArray(value) ? value : [value];
  return list
    .filter((entry): entry is string => typeof entry === 'string' && isAddress(entry))
    .slice(0, FORWARDERS);
}

/** `additional_info` is the data as it was before somebody parsed it; `message` what is left of it. */
function dataOf(reason: Readonly<Record<string, unknown>>, speaker: RpcSpeaker): Buffer {
  const { additional_info: info, message } = reason;
  const data = hasMembers(info) ? jsonBytes(info) : undefined;
  if (data !== undefined) return shortenErrorData(data, ILP_LIMIT.errorData);
  return said(typeof message === 'string' ? message : '', speaker).data;
}

function hasMembers(info: unknown): boolean {
  if (info instanceof Map) return info.size > 0;
  return typeof info === 'object' && info !== null && Object.keys(info).length > 0;
}

function said(message: string, { account, nowMs }: RpcSpeaker): IlpError {
  return ilpError({ code: 'F99', triggeredBy: account, triggeredAtMs: nowMs, data: message });
}

function errorEntry(error: IlpError): ProtocolData {
  return ilpEntry(encodeIlp(error));
}

function errorIn(protocolData: readonly ProtocolData[]): IlpError | undefined {
  const entry = protocolEntry(protocolData, SUB_PROTOCOL.ilp);
  if (entry === undefined) return undefined;
  try {
    const packet = decodeIlp(entry.data);
    return packet.type === 'error' ? packet : undefined;
  } catch (error) {
    if (error instanceof UnreadablePacketError) return undefined;
    throw error;
  }
}
