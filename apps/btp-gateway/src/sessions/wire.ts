/** What a session needs of its socket. */
export interface Wire {
  send(frame: Buffer): void;
  ping(): void;
  /** Ends it politely; frames that still come in are not looked at. */
  close(code: number, reason: string): void;
  /** Ends it at once: nobody is listening any more. */
  cut(): void;
  /** Reads no more; what has come in already may still be handed on. */
  pause(): void;
  resume(): void;
  /** Bytes handed over and not yet taken by the network. */
  readonly queuedBytes: number;
  /** Frames that the network has taken, ever. */
  readonly taken: number;
}

/** WebSocket closing codes that we use (RFC 6455 §7.4). */
export const CLOSING_CODE = {
  normal: 1000,
  goingAway: 1001,
  protocolError: 1002,
  policyViolation: 1008,
  tryAgainLater: 1013,
} as const;

/** Milliseconds since the epoch. */
export type Clock = () => number;
