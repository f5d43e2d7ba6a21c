import {
  ExactJsonError,
  JsonNumber,
  type JsonValue,
  parseExactJson,
  writeExactJson,
} from '../json';
import { RpcFieldError } from './rpc-field-error';

/** More than anything that peers say, and far from what a stack bears. */
const MAX_DEPTH = 256;

/** The parameters of a call, or a result, with numbers of a peer exactly as he wrote them. */
export function rpcBody(value: unknown): Buffer {
  return Buffer.from(writeExactJson(value));
}

/** @throws RpcFieldError `not-json` or `too-deep`, of that field */
export function rpcJson(body: Buffer, field: string): JsonValue {
  try {
    return parseExactJson(body.toString('utf8'), { maxDepth: MAX_DEPTH });
  } catch (error) {
    if (!(error instanceof ExactJsonError)) throw error;
    throw new RpcFieldError(field, error.rule === 'too-deep' ? 'too-deep' : 'not-json');
  }
}

/** A value whose members can be looked at as any others; what is within these stays as it was written. */
export function opened(value: JsonValue): unknown {
  if (!(value instanceof Map)) return plain(value);
  return Object.fromEntries([...value].map(([name, member]) => [name, plain(member)]));
}

function plain(value: JsonValue): unknown {
  return value instanceof JsonNumber ? value.value : value;
}
