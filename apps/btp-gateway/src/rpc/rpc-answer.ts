import {
  btpError,
  type ProtocolData,
  readRpcRefusal,
  readRpcResult,
  RpcFieldError,
  type RpcLedger,
  type RpcMethod,
  type RpcRefusal,
} from '#protocol';
import { type Refusal, refusalOf } from '../sessions/asker';
import type { RpcAnswer } from './rpc-client';

/** What an answer of the peer comes to. */
export type RpcVerdict =
  | { readonly kind: 'response'; readonly protocolData: readonly ProtocolData[] }
  | { readonly kind: 'refusal'; readonly refusal: Refusal }
  /** As good as no answer: whether it did what we asked is unknown. */
  | { readonly kind: 'silence'; readonly reason: string }
  /** It has no ledger with us, or not under this token: nothing was done, nor will be. */
  | { readonly kind: 'stranger'; readonly reason: string };

const NOT_FOUND = 404;
const STRANGER: ReadonlySet<number> = new Set([401, 403]);
/** Too slow, or too many: an obstacle that passes. */
const OBSTACLES: ReadonlySet<number> = new Set([408, 425, 429]);

/** A peer's program that failed says so in the body, whatever the status; statuses count after that. */
export function judgeAnswer(
  { status, body }: RpcAnswer,
  asked: { readonly method: RpcMethod; readonly ledger: RpcLedger; readonly nowMs: number },
): RpcVerdict {
  if (STRANGER.has(status)) return { kind: 'stranger', reason: `HTTP ${status}` };
  const refused = readRpcRefusal(body);
  const refusal = refused && rpcRefusal(refused, asked.nowMs);
  if (status === NOT_FOUND && (refusal === undefined || refusal.isUnknown)) {
    return { kind: 'stranger', reason: `HTTP ${status}` };
  }
  if (refusal !== undefined) return { kind: 'refusal', refusal };
  if (status >= 200 && status < 300) return judgeResult(body, asked);
  if (status >= 400 && status < 500 && !OBSTACLES.has(status)) {
    const said = { id: `HTTP ${status}`, message: 'the call was refused' };
    return { kind: 'refusal', refusal: rpcRefusal(said, asked.nowMs) };
  }
  return { kind: 'silence', reason: `HTTP ${status}` };
}

/** By its name, as an Error of BTP (SPEC §5.8). */
export function rpcRefusal({ id, message }: RpcRefusal, nowMs: number): Refusal {
  const name = 'NotAcceptedError';
  return refusalOf({
    ...btpError({ requestId: 0, name, message, triggeredAtMs: nowMs }),
    name: id,
  });
}

function judgeResult(
  body: Buffer,
  { method, ledger, nowMs }: { method: RpcMethod; ledger: RpcLedger; nowMs: number },
): RpcVerdict {
  try {
    return { kind: 'response', protocolData: readRpcResult(method, body, ledger) };
  } catch (error) {
    if (!(error instanceof RpcFieldError)) throw error;
    // No money hangs on a message, so there is no need to wait for another answer.
    if (error.rule === 'not-done') return { kind: 'silence', reason: error.message };
    const said = { id: 'InvalidFieldsError', message: error.message };
    return { kind: 'refusal', refusal: rpcRefusal(said, nowMs) };
  }
}
