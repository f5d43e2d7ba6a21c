import type { BtpRequest, RpcMethod } from '#protocol';
import type { Asker } from '../sessions/asker';

/** One call to the peer, from the wish to the answer. */
export interface OutgoingCall {
  readonly requestId: number;
  readonly type: BtpRequest['type'];
  readonly method: RpcMethod;
  readonly body: Buffer;
  readonly asker: Asker;
  /** The same was asked before, and was not answered. */
  isRepeated: boolean;
  /** An `info` request: the method only asks whether the peer is there. */
  readonly isInfo: boolean;
  /** Set once it is made. */
  giveUp?: () => void;
}

/** Calls that are made, so many at a time, and those that wait for their turn. */
export class RpcCalls {
  /** Oldest first, as all may take equally long. */
  private readonly made = new Map<number, OutgoingCall>();
  private readonly waiting = new Map<number, OutgoingCall>();
  private bytes = 0;

  constructor(private readonly limit: number) {}

  /** Bytes of what waits. */
  get waitingBytes(): number {
    return this.bytes;
  }

  get isIdle(): boolean {
    return this.made.size + this.waiting.size === 0;
  }

  has(requestId: number): boolean {
    return this.made.has(requestId) || this.waiting.has(requestId);
  }

  isMade(call: OutgoingCall): boolean {
    return this.made.get(call.requestId) === call;
  }

  add(call: OutgoingCall): void {
    this.waiting.set(call.requestId, call);
    this.bytes += call.body.length;
  }

  /** The next call that may be made, counted as made from now on. */
  next(): OutgoingCall | undefined {
    if (this.made.size >= this.limit) return undefined;
    for (const call of this.waiting.values()) {
      this.waiting.delete(call.requestId);
      this.bytes -= call.body.length;
      this.made.set(call.requestId, call);
      return call;
    }
    return undefined;
  }

  end(call: OutgoingCall): void {
    this.made.delete(call.requestId);
  }

  /** Those made at `latestMs` or before; they are ended. */
  takeOverdue(latestMs: number): OutgoingCall[] {
    const overdue: OutgoingCall[] = [];
    for (const call of this.made.values()) {
      if (call.asker.askedAtMs > latestMs) break;
      overdue.push(call);
    }
    for (const call of overdue) this.end(call);
    return overdue;
  }

  takeAll(): OutgoingCall[] {
    const all = [...this.made.values(), ...this.waiting.values()];
    this.made.clear();
    this.waiting.clear();
    this.bytes = 0;
    return all;
  }
}
