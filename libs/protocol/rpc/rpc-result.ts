import type { ProtocolData } from '../btp/btp-packet';
import { protocolEntry, SUB_PROTOCOL } from '../btp/sub-protocols';
import { RpcFieldError } from './rpc-field-error';
import { checkIncoming, type RpcLedger, rpcObject } from './rpc-members';
import { readNumber, writeNumber } from './rpc-numbers';
import { opened, rpcJson } from './rpc-json';
import type { RpcMethod } from './rpc-call';
import { readSideData, writeSideData } from './rpc-side-data';

/** How a call is refused: the name of the error stands in `id`. */
export interface RpcRefusal {
  readonly id: string;
  readonly message: string;
}

/**
 * The refusal that a body is, whatever its HTTP status: peers of old send errors with status 200. A
 * message is none, even if it has an `id` (SPEC §8.7).
 */
export function readRpcRefusal(body: Buffer): RpcRefusal | undefined {
  const value = parsed(body);
  if (typeof value !== 'object' || value === null || 'ledger' in value) return undefined;
  if (!('id' in value && 'message' in value)) return undefined;
  const { id, message } = value;
  return typeof id === 'string' && typeof message === 'string' ? { id, message } : undefined;
}

/**
 * What the peer answered, as the protocol data of a Response. Where the result is only that it is
 * done, that has to be said: a page of some proxy is no confirmation that money is paid.
 * @throws RpcFieldError
 */
export function readRpcResult(
  method: RpcMethod,
  body: Buffer,
  ledger: RpcLedger,
): readonly ProtocolData[] {
  switch (method) {
    case 'get_balance':
    case 'get_limit':
      return [readNumber(method, body)];
    case 'send_request': {
      const message = rpcObject(opened(rpcJson(body, 'result')), 'result');
      checkIncoming(message, ledger);
      return readSideData(message);
    }
    default:
      if (parsed(body) !== true) throw new RpcFieldError('result', 'not-done');
      return [];
  }
}

/** Our Response to a call as its result, ready for `rpcBody`. @throws UnreadablePacketError | RpcFieldError */
export function writeRpcResult(
  method: RpcMethod,
  protocolData: readonly ProtocolData[],
  ledger: RpcLedger,
): unknown {
  switch (method) {
    case 'get_balance':
      return writeNumber(method, told(protocolData, SUB_PROTOCOL.balance));
    case 'get_limit':
      return writeNumber(method, told(protocolData, SUB_PROTOCOL.limit));
    case 'send_request': {
      const { prefix, account: from, peerAccount: to } = ledger;
      return { ledger: prefix, from, to, ...writeSideData(protocolData) };
    }
    default:
      return true;
  }
}

function told(protocolData: readonly ProtocolData[], name: string): ProtocolData {
  const entry = protocolEntry(protocolData, name);
  if (entry === undefined) throw new RpcFieldError(name, 'missing');
  return entry;
}

function parsed(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    return undefined;
  }
}
