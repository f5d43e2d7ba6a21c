import type { GatewayLimits } from '../gateway-limits';
import type { GatewayMetrics, ReadingPause } from '../gateway-metrics';
import type { PeerLoad } from './peer-load';
import type { Wire } from './wire';

export interface FlowParts {
  readonly wire: Wire;
  readonly load: PeerLoad;
  readonly limits: GatewayLimits;
  readonly metrics: GatewayMetrics;
}

/**
 * A pause because of a full queue is interrupted this often for one sip, unless the queue moves by
 * itself: two sides that both wait until the other one reads would wait for ever. No setting: any
 * time between a blink and the stall will do.
 */
const SIP_MS = 1_000;

/**
 * Decides when a peer is read. One that asks without taking its answers, or keeps us busy with what
 * we turn away, is not read for a while: TCP holds it back, no frame is lost, and only it waits.
 */
export class FlowControl {
  private pausedFor: ReadingPause | undefined;
  private pausedAtMs = 0;
  private taken: number;
  /** When the queue was last seen empty, or shorter than before. */
  private movedAtMs: number;

  constructor(
    private readonly parts: FlowParts,
    nowMs: number,
  ) {
    this.taken = parts.wire.taken;
    this.movedAtMs = nowMs;
  }

  get isPaused(): boolean {
    return this.pausedFor !== undefined;
  }

  /** After each frame of the peer; what it had sent before it was paused still comes. */
  afterFrame(nowMs: number): void {
    const { wire, load, limits } = this.parts;
    if (load.isOverdrawn(nowMs)) this.pause('flood', nowMs);
    else if (wire.queuedBytes > limits.sendHighWaterBytes) this.pause('slow-reader', nowMs);
  }

  /** @returns false when the peer has taken nothing for so long that it should be cut */
  sweep(nowMs: number): boolean {
    this.noticeMoves(nowMs);
    if (nowMs - this.movedAtMs >= this.parts.limits.sendStallMs) return false;
    if (this.pausedFor !== undefined && this.mayResume(nowMs)) {
      this.pausedFor = undefined;
      this.parts.wire.resume();
    }
    return true;
  }

  private noticeMoves(nowMs: number): void {
    const { taken, queuedBytes } = this.parts.wire;
    if (queuedBytes > 0 && taken === this.taken) return;
    this.taken = taken;
    this.movedAtMs = nowMs;
  }

  private mayResume(nowMs: number): boolean {
    const { wire, load, limits } = this.parts;
    if (load.isOverdrawn(nowMs)) return false;
    const isLow = wire.queuedBytes <= limits.sendLowWaterBytes;
    return isLow || nowMs - Math.max(this.movedAtMs, this.pausedAtMs) >= SIP_MS;
  }

  private pause(cause: ReadingPause, nowMs: number): void {
    if (this.pausedFor !== undefined) return;
    this.pausedFor = cause;
    this.pausedAtMs = nowMs;
    this.parts.metrics.pauses[cause] += 1;
    this.parts.wire.pause();
  }
}
