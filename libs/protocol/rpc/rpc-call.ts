import { balanceRequestOf } from './rpc-numbers';
import { toBase64Url } from '../ilp/base64url';
import { FULFILLMENT_SIZE } from '../ilp/condition';
import type { BtpMessage, BtpPrepare, BtpRequest } from '../btp/btp-packet';
import { protocolEntry, SUB_PROTOCOL } from '../btp/sub-protocols';
import { RpcFieldError } from './rpc-field-error';
import {
  amountOf,
  checkIncoming,
  momentOf,
  octetsOf,
  type RpcLedger,
  rpcObject,
  transferIdOf,
} from './rpc-members';
import { opened, rpcJson } from './rpc-json';
import { readReason, timedOutData, writeReason } from './rpc-reason';
import { readSideData, writeSideData } from './rpc-side-data';

const METHODS = [
  'send_request',
  'send_message',
  'send_transfer',
  'fulfill_condition',
  'reject_incoming_transfer',
  'expire_transfer',
  'get_limit',
  'get_balance',
] as const;

/** The methods of SPEC §8.7. */
export type RpcMethod = (typeof METHODS)[number];

/** One call: what stands in the URL, and the parameters that `rpcBody` writes into the body. */
export interface RpcCall {
  readonly method: RpcMethod;
  readonly params: readonly unknown[];
}

/** What a call is read or written with. */
export interface RpcSetting {
  readonly ledger: RpcLedger;
  readonly nowMs: number;
}

/** @throws RpcFieldError `unknown-method` */
export function rpcMethod(name: string): RpcMethod {
  const method = METHODS.find((known) => known === name);
  if (method === undefined) throw new RpcFieldError('method', 'unknown-method');
  return method;
}

/** The parameters in the body of a call. @throws RpcFieldError `not-json`, `too-deep` or `not-a-list` */
export function rpcParams(body: Buffer): readonly unknown[] {
  const value = rpcJson(body, 'body');
  if (!Array.isArray(value)) throw new RpcFieldError('body', 'not-a-list');
  return value.map(opened);
}

/**
 * The request of BTP/1.0 that a call of the peer amounts to. Members that have no place in it, as
 * `noteToSelf`, are passed over.
 * @throws RpcFieldError with the field as the peers name it
 */
export function readRpcCall(
  { method, params }: RpcCall,
  requestId: number,
  setting: RpcSetting,
): BtpRequest {
  const [first, second] = params;
  const speaker = { account: setting.ledger.peerAccount, nowMs: setting.nowMs };
  switch (method) {
    case 'send_transfer':
      return readTransfer(first, requestId, setting.ledger);
    case 'fulfill_condition':
      return {
        type: 'fulfill',
        requestId,
        transferId: transferIdOf(first, 'transferId'),
        fulfillment: octetsOf(second, FULFILLMENT_SIZE, 'fulfillment'),
        protocolData: [],
      };
    case 'reject_incoming_transfer': {
      const transferId = transferIdOf(first, 'transferId');
      return { type: 'reject', requestId, transferId, protocolData: readReason(second, speaker) };
    }
    case 'expire_transfer': {
      const transferId = transferIdOf(first, 'transferId');
      return { type: 'reject', requestId, transferId, protocolData: timedOutData(speaker) };
    }
    case 'get_limit':
    case 'get_balance':
      return { type: 'message', requestId, protocolData: [balanceRequestOf(method)] };
    case 'send_request':
    case 'send_message':
      return readMessage(first, requestId, setting.ledger);
  }
}

/**
 * The call that a request of ours amounts to; undefined for a Message that this transport has no
 * method for. Our own clock's verdict goes out as a rejection as well: `expire_transfer` would be
 * refused by a peer whose clock is behind ours, and carries no reason.
 */
export function writeRpcCall(request: BtpRequest, setting: RpcSetting): RpcCall | undefined {
  switch (request.type) {
    case 'prepare':
      return { method: 'send_transfer', params: [transferOf(request, setting.ledger)] };
    case 'fulfill': {
      const params = [request.transferId, toBase64Url(request.fulfillment)];
      return { method: 'fulfill_condition', params };
    }
    case 'reject': {
      const speaker = { account: setting.ledger.account, nowMs: setting.nowMs };
      const params = [request.transferId, writeReason(request.protocolData, speaker)];
      return { method: 'reject_incoming_transfer', params };
    }
    case 'message':
      return messageCall(request, setting.ledger);
  }
}

function readTransfer(value: unknown, requestId: number, ledger: RpcLedger): BtpPrepare {
  const transfer = rpcObject(value, 'transfer');
  checkIncoming(transfer, ledger);
  const { id, amount, executionCondition, expiresAt } = transfer.members;
  return {
    type: 'prepare',
    requestId,
    transferId: transferIdOf(id, 'transfer.id'),
    amount: amountOf(amount, 'transfer.amount'),
    executionCondition: octetsOf(
      executionCondition,
      FULFILLMENT_SIZE,
      'transfer.executionCondition',
    ),
    expiresAtMs: momentOf(expiresAt, 'transfer.expiresAt'),
    protocolData: readSideData(transfer),
  };
}

/** Connectors of old put into `data` what later stands in `custom`. */
function readMessage(value: unknown, requestId: number, ledger: RpcLedger): BtpMessage {
  const message = rpcObject(value, 'message');
  checkIncoming(message, ledger);
  return { type: 'message', requestId, protocolData: readSideData(message, 'data') };
}

function transferOf(prepare: BtpPrepare, ledger: RpcLedger): object {
  return {
    id: prepare.transferId,
    ledger: ledger.prefix,
    from: ledger.account,
    to: ledger.peerAccount,
    amount: prepare.amount.toString(),
    executionCondition: toBase64Url(prepare.executionCondition),
    expiresAt: new Date(prepare.expiresAtMs).toISOString(),
    ...writeSideData(prepare.protocolData),
  };
}

function messageCall({ protocolData }: BtpMessage, ledger: RpcLedger): RpcCall | undefined {
  const [primary] = protocolData;
  const { ilp, custom, balance, limit } = SUB_PROTOCOL;
  if (protocolEntry(protocolData, ilp) !== undefined || primary?.protocolName === custom) {
    const addresses = { ledger: ledger.prefix, from: ledger.account, to: ledger.peerAccount };
    return { method: 'send_request', params: [{ ...addresses, ...writeSideData(protocolData) }] };
  }
  if (primary?.protocolName === balance) return { method: 'get_balance', params: [] };
  if (primary?.protocolName === limit) return { method: 'get_limit', params: [] };
  return undefined;
}
