import { randomInt } from 'node:crypto';
import type { Spoken } from '#contracts';
import {
  type BtpAnswer,
  btpError,
  type BtpErrorName,
  type BtpPacket,
  type BtpRequest,
  InvalidFieldError,
  isBtpRequestType,
  type ProtocolData,
  UnreadablePacketError,
} from '#protocol';
import type { GatewayLimits } from '../gateway-limits';
import type { GatewayMetrics } from '../gateway-metrics';
import type { Log } from '../log';
import { type Asker, refusalOf } from './asker';
import type { BtpDialect } from './btp-dialect';
import { FlowControl } from './flow-control';
import { isLaterTransfer, LaterProtocol } from './later-protocol';
import type { ChannelListener, PeerChannel } from './peer-channel';
import type { PeerLoad } from './peer-load';
import { type Clock, CLOSING_CODE, type Wire } from './wire';

export interface SessionParts {
  readonly peerId: string;
  readonly wire: Wire;
  readonly dialect: BtpDialect;
  readonly load: PeerLoad;
  readonly limits: GatewayLimits;
  readonly metrics: GatewayMetrics;
  readonly log: Log;
  readonly clock: Clock;
}

const UINT32 = 0x1_0000_0000;
const NOTHING: readonly ProtocolData[] = [];

/**
 * One authenticated socket: matches answers to requests in both directions, notices when the peer
 * is gone, and cuts a peer that does not read. Knows nothing of what requests mean.
 */
export class BtpSession implements PeerChannel {
  readonly peerId: string;
  private readonly wire: Wire;
  private readonly dialect: BtpDialect;
  private readonly limits: GatewayLimits;
  private readonly metrics: GatewayMetrics;
  private readonly log: Log;
  private readonly laterProtocol: LaterProtocol;
  private readonly clock: Clock;
  private readonly load: PeerLoad;
  private readonly flow: FlowControl;
  /** Oldest first, as all wait equally long. */
  private readonly asked = new Map<number, Asker>();
  /** Answers that may still come, too late: we asked for them. */
  private overdue = 0;
  private nextRequestId = randomInt(UINT32);
  private pingedAtMs: number;
  /** It has just shown who it is. */
  private lastHeardMs: number;
  private unansweredPings = 0;
  private ended = false;

  constructor(
    parts: SessionParts,
    private readonly listener: ChannelListener,
  ) {
    this.peerId = parts.peerId;
    this.wire = parts.wire;
    this.dialect = parts.dialect;
    this.limits = parts.limits;
    this.metrics = parts.metrics;
    this.log = parts.log;
    this.clock = parts.clock;
    this.laterProtocol = new LaterProtocol(parts);
    this.load = parts.load;
    this.pingedAtMs = parts.clock();
    this.lastHeardMs = this.pingedAtMs;
    this.flow = new FlowControl(parts, this.pingedAtMs);
  }

  get speaks(): Spoken {
    return this.dialect.name;
  }

  get heardAtMs(): number {
    return this.lastHeardMs;
  }

  isClosed(): boolean {
    return this.ended;
  }

  /** An id for `ask` that no waiting request bears. */
  takeRequestId(): number {
    let requestId = this.nextRequestId;
    while (this.asked.has(requestId)) requestId = (requestId + 1) % UINT32;
    this.nextRequestId = (requestId + 1) % UINT32;
    return requestId;
  }

  /**
   * Sends a request, and its answer to `asker`; on a closed session nothing happens at all.
   * @returns the frame, by which the same can be asked again
   */
  ask(request: BtpRequest, asker: Asker): Buffer {
    const frame = this.dialect.encode(request);
    if (this.ended) return frame;
    asker.askedAtMs = this.clock();
    this.asked.set(request.requestId, asker);
    this.sendFrame(frame, request.type);
    return frame;
  }

  /** Asks what `frame` asked, under a new id. */
  askAgain(frame: Buffer, asker: Asker): void {
    const packet = this.dialect.decode(frame);
    if (packet.type === 'response' || packet.type === 'error') return;
    this.ask({ ...packet, requestId: this.takeRequestId() }, asker);
  }

  /** Answers a request; the peer of a closed session hears nothing. */
  respond(requestId: number, protocolData: readonly ProtocolData[] = NOTHING): void {
    if (!this.ended) this.send({ type: 'response', requestId, protocolData });
  }

  /** Answers a request with what somebody else has answered. */
  passOn(requestId: number, answer: BtpAnswer): void {
    if (!this.ended) this.send({ ...answer, requestId });
  }

  refuse(requestId: number, name: BtpErrorName, message: string): void {
    if (this.ended) return;
    this.send(btpError({ requestId, name, message, triggeredAtMs: this.clock() }));
  }

  /** Takes one frame off the wire. */
  receive(frame: Buffer): void {
    if (this.ended) return;
    const nowMs = this.clock();
    this.lastHeardMs = nowMs;
    this.unansweredPings = 0;
    try {
      const packet = this.read(frame, nowMs);
      if (packet !== undefined) this.dispatch(packet, nowMs);
    } catch (error) {
      this.log.error({ err: error, peer: this.peerId }, 'an answer could not be handled');
    }
    if (!this.isClosed()) this.flow.afterFrame(nowMs);
  }

  /** The peer answered a ping. */
  receivePong(): void {
    this.unansweredPings = 0;
    this.receiveNoise();
  }

  /** Something that is no packet: a control frame, or text. */
  receiveNoise(): void {
    if (this.ended) return;
    const nowMs = this.clock();
    this.lastHeardMs = nowMs;
    this.load.waste(nowMs);
    this.flow.afterFrame(nowMs);
  }

  /** Time-outs and heartbeat; called by the one timer. */
  sweep(nowMs: number): void {
    if (this.ended) return;
    this.timeOut(nowMs);
    if (!this.flow.sweep(nowMs)) {
      this.cut('send-stall', 'it takes nothing of what it is sent');
      return;
    }
    if (nowMs - this.pingedAtMs >= this.limits.heartbeatMs) this.beat(nowMs);
  }

  close(reason: string, code: number = CLOSING_CODE.normal): void {
    if (this.ended) return;
    this.wire.close(code, reason);
    this.end(reason);
  }

  /** The socket is gone, or of no more use. */
  lose(reason: string): void {
    if (this.ended) return;
    this.wire.cut();
    this.end(reason);
  }

  private cut(cause: keyof GatewayMetrics['cuts'], reason: string): void {
    const { queuedBytes } = this.wire;
    this.metrics.cuts[cause] += 1;
    this.log.warn({ peer: this.peerId, cause, queuedBytes }, 'session cut');
    this.lose(reason);
  }

  /** Unreadable: not answered, or two peers could answer each other for ever (SPEC §5.4). */
  private read(frame: Buffer, nowMs: number): BtpPacket | undefined {
    try {
      const packet = this.dialect.decode(frame);
      this.metrics.received[packet.type] += 1;
      return packet;
    } catch (error) {
      this.load.waste(nowMs);
      if (error instanceof InvalidFieldError) {
        this.metrics.malformed['invalid-field'] += 1;
        this.answerFlawed(error, nowMs);
      } else if (error instanceof UnreadablePacketError) {
        this.passOver(frame, error);
      } else {
        throw error;
      }
      return undefined;
    }
  }

  private passOver(frame: Buffer, { field, rule }: UnreadablePacketError): void {
    if (rule === 'unknown-type' && isLaterTransfer(frame)) {
      this.laterProtocol.hear('transfer');
      return;
    }
    this.metrics.malformed.unreadable += 1;
    this.log.debug({ peer: this.peerId, field, rule }, 'frame ignored');
  }

  private dispatch(packet: BtpPacket, nowMs: number): void {
    if (packet.type === 'response' || packet.type === 'error') {
      this.receiveAnswer(packet, nowMs);
    } else {
      this.receiveRequest(packet, nowMs);
    }
  }

  private receiveAnswer(answer: BtpAnswer, nowMs: number): void {
    const asker = this.takeAsker(answer.requestId, nowMs);
    if (asker === undefined) return;
    if (answer.type === 'response') asker.onResponse(answer, nowMs);
    else asker.onRefusal(refusalOf(answer), nowMs);
  }

  private takeAsker(requestId: number, nowMs: number): Asker | undefined {
    const asker = this.asked.get(requestId);
    if (asker === undefined) {
      this.metrics.malformed['unexpected-answer'] += 1;
      if (this.overdue > 0) this.overdue -= 1;
      else this.load.waste(nowMs);
    } else {
      this.asked.delete(requestId);
    }
    return asker;
  }

  private receiveRequest(request: BtpRequest, nowMs: number): void {
    try {
      this.listener.onRequest(request, nowMs);
    } catch (error) {
      this.log.error({ err: error, peer: this.peerId, type: request.type }, 'a request failed');
      this.refuse(request.requestId, 'UnreachableError', 'internal error');
    }
  }

  private answerFlawed(flaw: InvalidFieldError, nowMs: number): void {
    if (isBtpRequestType(flaw.packetType)) {
      this.refuse(flaw.requestId, 'InvalidFieldsError', flaw.message);
      return;
    }
    const refusal = {
      name: 'NotAcceptedError',
      message: flaw.message,
      isTemporary: false,
      isUnknown: false,
    } as const;
    this.takeAsker(flaw.requestId, nowMs)?.onRefusal(refusal, nowMs);
  }

  private send(answer: BtpAnswer): void {
    this.sendFrame(this.dialect.encode(answer), answer.type);
  }

  private sendFrame(frame: Buffer, type: BtpPacket['type']): void {
    this.wire.send(frame);
    this.metrics.sent[type] += 1;
    if (this.wire.queuedBytes <= this.limits.sendQueueBytes) return;
    this.cut('send-queue', 'it does not read what it is sent');
  }

  private timeOut(nowMs: number): void {
    for (const [requestId, asker] of this.asked) {
      if (nowMs - asker.askedAtMs < this.limits.requestTimeoutMs) return;
      this.asked.delete(requestId);
      this.overdue += 1;
      asker.onSilence('timeout', nowMs);
    }
  }

  private beat(nowMs: number): void {
    if (this.unansweredPings >= this.limits.heartbeatMisses) {
      this.cut('no-pong', 'it answers no pings');
      return;
    }
    this.pingedAtMs = nowMs;
    // What we do not read cannot be held against the peer: then the stall decides.
    if (!this.flow.isPaused) this.unansweredPings += 1;
    this.wire.ping();
  }

  private end(reason: string): void {
    this.ended = true;
    const nowMs = this.clock();
    const waiting = [...this.asked.values()];
    this.asked.clear();
    for (const asker of waiting) asker.onSilence('closed', nowMs);
    this.listener.onClosed(reason);
  }
}
