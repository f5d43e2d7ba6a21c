import { randomInt } from 'node:crypto';
import {
  type BtpRequest,
  decodeBtp,
  encodeBtp,
  ledgerInfoEntry,
  numberRequest,
  type ProtocolData,
  type RpcLedger,
  SUB_PROTOCOL,
  rpcBody,
  writeRpcCall,
} from '#protocol';
import type { LedgerDescription } from '#contracts';
import type { GatewayLimits } from '../gateway-limits';
import type { GatewayMetrics } from '../gateway-metrics';
import type { Log } from '../log';
import type { Asker, Refusal } from '../sessions/asker';
import type { ChannelListener, PeerChannel } from '../sessions/peer-channel';
import type { Clock } from '../sessions/wire';
import { judgeAnswer, rpcRefusal } from './rpc-answer';
import { type OutgoingCall, RpcCalls } from './rpc-calls';
import { KeptConnectionError, type RpcAnswer, type RpcClient } from './rpc-client';

export interface RpcChannelParts {
  /** As configured: there is no asking for it over this transport. */
  readonly ledger: LedgerDescription;
  readonly client: Pick<RpcClient, 'post' | 'close'>;
  readonly limits: GatewayLimits;
  readonly metrics: GatewayMetrics;
  readonly log: Log;
  readonly clock: Clock;
}

const UINT32 = 0x1_0000_0000;

/**
 * The way to a peer that is called over HTTP: each request of ours is a call, and its result the
 * answer. There is no connection to lose, so the channel is closed when the peer answers nothing for
 * a while. Requests of the peer come elsewhere, at any gateway: see RpcReception.
 */
export class RpcChannel implements PeerChannel {
  readonly peerId: string;
  readonly speaks = 'rpc';
  private readonly ledger: RpcLedger;
  private readonly calls: RpcCalls;
  private nextRequestId = randomInt(UINT32);
  private lastHeardMs: number | undefined;
  private probedAtMs: number;
  /** When the first of the calls was made that have all failed since. */
  private failingSinceMs: number | undefined;
  private ended = false;
  private isStranger = false;

  constructor(
    private readonly parts: RpcChannelParts,
    private readonly listener: ChannelListener,
  ) {
    const { ledgerId, prefix, account, peerAccount } = parts.ledger;
    this.peerId = ledgerId;
    this.ledger = { prefix, account: prefix + account, peerAccount: prefix + peerAccount };
    this.calls = new RpcCalls(parts.limits.rpcCallsPerPeer);
    this.probedAtMs = parts.clock();
  }

  get heardAtMs(): number | undefined {
    return this.lastHeardMs;
  }

  isClosed(): boolean {
    return this.ended;
  }

  /** Whether it was closed because the peer does not know us, or not under this token. */
  get wasRefused(): boolean {
    return this.isStranger;
  }

  takeRequestId(): number {
    let requestId = this.nextRequestId;
    while (this.calls.has(requestId)) requestId = (requestId + 1) % UINT32;
    this.nextRequestId = (requestId + 1) % UINT32;
    return requestId;
  }

  ask(request: BtpRequest, asker: Asker): Buffer {
    const kept = encodeBtp(request);
    if (!this.ended) this.call(request, asker, false);
    return kept;
  }

  askAgain(kept: Buffer, asker: Asker): void {
    const packet = decodeBtp(kept);
    if (this.ended || packet.type === 'response' || packet.type === 'error') return;
    this.call({ ...packet, requestId: this.takeRequestId() }, asker, true);
  }

  /** No request ever comes over this channel, so there is none to answer. */
  respond(): void {
    return;
  }

  passOn(): void {
    return;
  }

  refuse(): void {
    return;
  }

  sweep(nowMs: number): void {
    if (this.ended) return;
    const { rpcTimeoutMs, heartbeatMs, heartbeatMisses } = this.parts.limits;
    for (const call of this.calls.takeOverdue(nowMs - rpcTimeoutMs)) this.timeOut(call, nowMs);
    this.makeCalls();
    if (nowMs - (this.failingSinceMs ?? nowMs) >= heartbeatMs * heartbeatMisses) {
      this.close('it answers no calls');
    } else if (nowMs - Math.max(this.lastHeardMs ?? 0, this.probedAtMs) >= heartbeatMs) {
      this.probe(nowMs);
    }
  }

  close(reason: string): void {
    if (this.ended) return;
    this.ended = true;
    const nowMs = this.parts.clock();
    for (const call of this.calls.takeAll()) {
      call.giveUp?.();
      call.asker.onSilence('closed', nowMs);
    }
    this.parts.client.close();
    this.listener.onClosed(reason);
  }

  private call(request: BtpRequest, asker: Asker, isRepeated: boolean): void {
    const { requestId, type } = request;
    const isInfo =
      type === 'message' && request.protocolData[0]?.protocolName === SUB_PROTOCOL.info;
    const asked = isInfo ? { ...request, protocolData: [LIMIT_REQUEST] } : request;
    const written = writeRpcCall(asked, { ledger: this.ledger, nowMs: this.parts.clock() });
    if (written === undefined) {
      refuseSoon(asker, this.parts.clock());
      return;
    }
    const body = rpcBody(written.params);
    const { method } = written;
    this.calls.add({ requestId, type, method, body, asker, isRepeated, isInfo });
    this.makeCalls();
    this.checkQueue();
  }

  private makeCalls(): void {
    for (let call = this.calls.next(); call !== undefined; call = this.calls.next())
      this.make(call);
  }

  private make(call: OutgoingCall): void {
    call.asker.askedAtMs = this.parts.clock();
    this.post(call);
  }

  private post(call: OutgoingCall): void {
    this.parts.metrics.sent[call.type] += 1;
    call.giveUp = this.parts.client.post(call.method, call.body, (outcome) => {
      this.receive(call, outcome);
    });
  }

  private checkQueue(): void {
    const { limits, log } = this.parts;
    const queuedBytes = this.calls.waitingBytes;
    if (queuedBytes <= limits.sendQueueBytes) return;
    log.warn({ peer: this.peerId, queuedBytes }, 'peer does not answer fast enough');
    this.close('it does not answer as fast as it is called');
  }

  private receive(call: OutgoingCall, outcome: RpcAnswer | Error): void {
    if (this.ended || !this.calls.isMade(call)) return;
    try {
      if ('status' in outcome) this.take(call, outcome, this.parts.clock());
      else if (outcome instanceof KeptConnectionError && !call.isRepeated) this.postAgain(call);
      else this.fail(call, outcome.message);
    } catch (error) {
      this.parts.log.error({ err: error, peer: this.peerId }, 'an answer could not be handled');
    }
    this.makeCalls();
  }

  /** At once, as nothing is wrong with the peer; but it may have heard us all the same. */
  private postAgain(call: OutgoingCall): void {
    call.isRepeated = true;
    this.post(call);
  }

  private take(call: OutgoingCall, answer: RpcAnswer, nowMs: number): void {
    const { method } = call;
    const verdict = judgeAnswer(answer, { method, ledger: this.ledger, nowMs });
    switch (verdict.kind) {
      case 'stranger':
        this.isStranger = true;
        this.close(`the peer does not know us: ${verdict.reason}`);
        return;
      case 'silence':
        this.fail(call, verdict.reason);
        return;
      case 'response':
        this.finish(call, nowMs);
        this.parts.metrics.received.response += 1;
        this.respondTo(call, verdict.protocolData, nowMs);
        return;
      case 'refusal':
        this.finish(call, nowMs);
        this.parts.metrics.received.error += 1;
        call.asker.onRefusal(afterSilence(call, verdict.refusal), nowMs);
        return;
    }
  }

  private finish(call: OutgoingCall, nowMs: number): void {
    this.calls.end(call);
    this.lastHeardMs = nowMs;
    this.failingSinceMs = undefined;
  }

  private respondTo(call: OutgoingCall, told: readonly ProtocolData[], nowMs: number): void {
    const { requestId, isInfo, asker } = call;
    const protocolData = isInfo ? [this.infoEntry()] : told;
    asker.onResponse({ type: 'response', requestId, protocolData }, nowMs);
  }

  /**
   * Whether the peer has done it is unknown. Only the time that every call has ends the wait, or a
   * peer that is down would be called again and again without a pause.
   */
  private fail(call: OutgoingCall, reason: string): void {
    this.failingSinceMs ??= call.asker.askedAtMs;
    this.parts.log.debug({ peer: this.peerId, method: call.method, reason }, 'a call failed');
  }

  private timeOut(call: OutgoingCall, nowMs: number): void {
    this.failingSinceMs ??= call.asker.askedAtMs;
    call.giveUp?.();
    call.asker.onSilence('timeout', nowMs);
  }

  /** Is it there, and has it us as a peer (SPEC §8.5)? */
  private probe(nowMs: number): void {
    this.probedAtMs = nowMs;
    if (!this.calls.isIdle) return;
    const requestId = this.takeRequestId();
    this.call(
      { type: 'message', requestId, protocolData: [LIMIT_REQUEST] },
      new Unconcerned(),
      false,
    );
  }

  /** The prefix names currency and scale, so whoever knows it has told that we mean the same. */
  private infoEntry(): ProtocolData {
    const { prefix, currencyCode, currencyScale } = this.parts.ledger;
    const connectors = [this.ledger.peerAccount];
    return ledgerInfoEntry({ prefix, currencyCode, currencyScale, connectors });
  }
}

const LIMIT_REQUEST = numberRequest('limit');

/**
 * Historic peers forget a transfer once it has ended. Where a Fulfill was not answered before, "not
 * found" may as well mean that it arrived: which of the two, their balance will tell.
 */
function afterSilence({ type, isRepeated }: OutgoingCall, refusal: Refusal): Refusal {
  const isTelling = type !== 'fulfill' || !isRepeated || refusal.name !== 'TransferNotFoundError';
  return isTelling ? refusal : { ...refusal, name: 'NotAcceptedError' };
}

/** Not within the call: whoever asks is not prepared to be answered before he is done asking. */
function refuseSoon(asker: Asker, nowMs: number): void {
  const refusal = { id: 'NotAcceptedError', message: 'the transport has no method for this' };
  queueMicrotask(() => {
    asker.onRefusal(rpcRefusal(refusal, nowMs), nowMs);
  });
}

class Unconcerned implements Asker {
  askedAtMs = 0;
  onResponse(): void {
    return;
  }
  onRefusal(): void {
    return;
  }
  onSilence(): void {
    return;
  }
}
