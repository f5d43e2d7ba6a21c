import type { Spoken } from '#contracts';
import type { BtpAnswer, BtpErrorName, BtpRequest, ProtocolData } from '#protocol';
import type { Asker } from './asker';

/**
 * The way to one peer and back, whatever carries it: requests of ours with their answers, and answers
 * of ours to its requests, all in the words of BTP/1.0.
 */
export interface PeerChannel {
  readonly peerId: string;
  readonly speaks: Spoken;
  /** When the peer last said anything over it, ms since the epoch; undefined if it has not. */
  readonly heardAtMs: number | undefined;
  isClosed(): boolean;
  /** An id for `ask` that no waiting request bears. */
  takeRequestId(): number;
  /**
   * Sends a request, and its answer to `asker`; on a closed channel nothing happens at all.
   * @returns the request as this channel keeps it, by which the same can be asked again
   */
  ask(request: BtpRequest, asker: Asker): Buffer;
  /** Asks what `ask` has kept, under a new id. */
  askAgain(kept: Buffer, asker: Asker): void;
  /** Answers a request; the peer of a closed channel hears nothing. */
  respond(requestId: number, protocolData?: readonly ProtocolData[]): void;
  /** Answers a request with what somebody else has answered. */
  passOn(requestId: number, answer: BtpAnswer): void;
  refuse(requestId: number, name: BtpErrorName, message: string): void;
  /** Time-outs, and whatever else a channel does by time; called by the one timer. */
  sweep(nowMs: number): void;
  close(reason: string, code?: number): void;
}

/** Where requests of a peer are answered. */
export type AnsweringChannel = Pick<PeerChannel, 'peerId' | 'respond' | 'refuse'>;

/** Whoever acts on what comes over a channel. */
export interface ChannelListener {
  /** Owes the peer one answer, by `respond` or `refuse`. */
  onRequest(request: BtpRequest, nowMs: number): void;
  onClosed(reason: string): void;
}
