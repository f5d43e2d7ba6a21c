import { toBase64Url } from '../ilp/base64url';
import type { ProtocolData } from '../btp/btp-packet';
import { ilpEntry, jsonEntry, protocolEntry, SUB_PROTOCOL } from '../btp/sub-protocols';
import type { JsonObject } from '../json';
import { RpcFieldError } from './rpc-field-error';
import { optionalBytes, type RpcObject } from './rpc-members';
import { rpcBody, rpcJson } from './rpc-json';

/** What transfers and messages carry besides their addresses. */
interface SideData {
  readonly ilp?: string;
  readonly custom?: JsonObject;
}

/**
 * The protocol data that the `ilp` and `custom` of an object amount to, `ilp` first.
 * @param legacy name of a member that stands for a `custom` that is missing
 */
export function readSideData(
  { members, name }: RpcObject,
  legacy?: 'data',
): readonly ProtocolData[] {
  const ilp = optionalBytes(members.ilp, `${name}.ilp`);
  const customName = isAbsent(members.custom) && legacy !== undefined ? legacy : 'custom';
  const custom = readCustom(members[customName], `${name}.${customName}`);
  return [
    ...(ilp === undefined ? [] : [ilpEntry(ilp)]),
    ...(custom === undefined ? [] : [jsonEntry(SUB_PROTOCOL.custom, custom)]),
  ];
}

/** The members for the entries that this transport has a place for; others are left out. */
export function writeSideData(protocolData: readonly ProtocolData[]): SideData {
  const ilp = protocolEntry(protocolData, SUB_PROTOCOL.ilp);
  const custom = protocolEntry(protocolData, SUB_PROTOCOL.custom);
  const parsed = custom && parsedObject(custom.data);
  return {
    ...(ilp !== undefined && { ilp: toBase64Url(ilp.data) }),
    ...(parsed !== undefined && { custom: parsed }),
  };
}

/** The JSON object that bytes are, as it was written; undefined if they are anything else. */
export function parsedObject(json: Buffer): JsonObject | undefined {
  try {
    const value = rpcJson(json, 'custom');
    return value instanceof Map ? value : undefined;
  } catch (error) {
    if (error instanceof RpcFieldError) return undefined;
    throw error;
  }
}

/** As text again; undefined for what is nested too deeply to be written, though it could be parsed. */
export function jsonBytes(value: unknown): Buffer | undefined {
  try {
    return rpcBody(value);
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

function readCustom(value: unknown, field: string): Buffer | undefined {
  if (isAbsent(value)) return undefined;
  if (typeof value !== 'object' || Array.isArray(value)) {
    throw new RpcFieldError(field, 'not-an-object');
  }
  const json = jsonBytes(value);
  if (json === undefined) throw new RpcFieldError(field, 'too-deep');
  return json;
}

function isAbsent(value: unknown): boolean {
  return value === undefined || value === null;
}
