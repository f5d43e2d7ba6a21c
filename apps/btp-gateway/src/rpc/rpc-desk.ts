import { randomInt } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import {
  type BtpErrorName,
  type BtpRequest,
  type ProtocolData,
  readRpcCall,
  RpcFieldError,
  type RpcLedger,
  type RpcMethod,
  rpcMethod,
  rpcParams,
  writeRpcResult,
} from '#protocol';
import type { GatewayMetrics } from '../gateway-metrics';
import type { Log } from '../log';
import type { AnsweringChannel } from '../sessions/peer-channel';
import type { Clock } from '../sessions/wire';
import { replyJson } from './reply';

export interface RpcDeskParts {
  readonly peerId: string;
  readonly ledger: RpcLedger;
  readonly metrics: GatewayMetrics;
  readonly log: Log;
  readonly clock: Clock;
  /** Owes one answer, by `respond` or `refuse`, or none at all. */
  readonly onRequest: (request: BtpRequest, nowMs: number) => void;
}

interface OpenCall {
  readonly method: RpcMethod;
  readonly response: ServerResponse;
}

const UINT32 = 0x1_0000_0000;
const DONE = 200;
const UNPROCESSABLE = 422;
const UNAVAILABLE = 503;

/**
 * Takes the calls of one peer as requests, and gives their answers back as results. Needs no session:
 * a call may come to any gateway. Without an answer in time the connection is closed, which says
 * nothing; an error would deny what may have been done.
 */
export class RpcDesk implements AnsweringChannel {
  readonly peerId: string;
  private readonly open = new Map<number, OpenCall>();
  private nextRequestId = randomInt(UINT32);

  constructor(private readonly parts: RpcDeskParts) {
    this.peerId = parts.peerId;
  }

  /** An authenticated call, complete. */
  receive(method: string, body: Buffer, response: ServerResponse): void {
    const { log, metrics } = this.parts;
    try {
      this.take(method, body, response);
    } catch (error) {
      if (error instanceof RpcFieldError) {
        metrics.malformed['invalid-field'] += 1;
        replyJson(response, error.status, refusal('InvalidFieldsError', error.message));
        return;
      }
      log.error({ err: error, peer: this.peerId }, 'a call failed');
      replyJson(response, UNAVAILABLE, refusal('UnreachableError', 'internal error'));
    }
  }

  respond(requestId: number, protocolData: readonly ProtocolData[] = []): void {
    const call = this.close(requestId);
    if (call === undefined) return;
    const result = this.resultOf(call.method, protocolData);
    if (result === undefined) {
      replyJson(call.response, UNAVAILABLE, refusal('UnreachableError', 'internal error'));
      return;
    }
    this.parts.metrics.sent.response += 1;
    replyJson(call.response, DONE, result);
  }

  refuse(requestId: number, name: BtpErrorName, message: string): void {
    const call = this.close(requestId);
    if (call === undefined) return;
    this.parts.metrics.sent.error += 1;
    const status = name === 'UnreachableError' ? UNAVAILABLE : UNPROCESSABLE;
    replyJson(call.response, status, refusal(name, message));
  }

  private take(name: string, body: Buffer, response: ServerResponse): void {
    const { ledger, clock, metrics, onRequest } = this.parts;
    const nowMs = clock();
    const call = { method: rpcMethod(name), params: rpcParams(body) };
    const request = readRpcCall(call, this.takeRequestId(), { ledger, nowMs });
    const { requestId } = request;
    metrics.received[request.type] += 1;
    if (call.method === 'send_message') {
      replyJson(response, DONE, writeRpcResult(call.method, [], ledger));
    } else {
      this.open.set(requestId, { method: call.method, response });
      response.once('close', () => {
        this.open.delete(requestId);
      });
    }
    onRequest(request, nowMs);
  }

  private resultOf(method: RpcMethod, protocolData: readonly ProtocolData[]): unknown {
    try {
      return writeRpcResult(method, protocolData, this.parts.ledger);
    } catch (error) {
      this.parts.log.error({ err: error, peer: this.peerId, method }, 'no result could be written');
      return undefined;
    }
  }

  private close(requestId: number): OpenCall | undefined {
    const call = this.open.get(requestId);
    this.open.delete(requestId);
    return call;
  }

  private takeRequestId(): number {
    let requestId = this.nextRequestId;
    while (this.open.has(requestId)) requestId = (requestId + 1) % UINT32;
    this.nextRequestId = (requestId + 1) % UINT32;
    return requestId;
  }
}

/** How the peers write an error. */
export function refusal(id: BtpErrorName, message: string): object {
  return { id, message };
}
