import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import type { GatewayMetrics } from '../gateway-metrics';
import type { Wire } from '../sessions/wire';
import type { TurnCork } from './turn-cork';

/** Whoever reads a socket at the moment: the handshake, then the session. */
export interface FrameReader {
  receive(frame: Buffer): void;
  receivePong(): void;
  /** Called once, unless this side closed the socket before. */
  lose(reason: string, code: number): void;
}

export interface FramedSocketParts {
  readonly socket: WebSocket;
  /** What the socket writes to; undefined where it cannot be known. */
  readonly stream: Duplex | undefined;
  readonly cork: TurnCork;
  readonly metrics: GatewayMetrics;
  readonly reader: FrameReader;
}

/** Hears nothing: whoever came is refused, or gone. */
export const DEAF: FrameReader = {
  receive: () => undefined,
  receivePong: () => undefined,
  lose: () => undefined,
};

const BINARY = { binary: true };
const ignoreFailure = (): void => undefined;
/** RFC 6455 §5.5: what a closing frame has room for, bytes. */
const CLOSING_REASON_BYTES = 123;
/** How ws names a message beyond `maxPayload`. */
const OVERSIZE = 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH';

/** One WebSocket as binary frames; text is passed over (SPEC §5.1). */
export class FramedSocket implements Wire {
  private reader: FrameReader;
  private failure: string | undefined;

  constructor(private readonly parts: FramedSocketParts) {
    const { socket, metrics } = parts;
    this.reader = parts.reader;
    socket.on('message', (data, isBinary) => {
      if (isBinary && Buffer.isBuffer(data)) this.reader.receive(data);
      else metrics.malformed.text += 1;
    });
    socket.on('pong', () => {
      this.reader.receivePong();
    });
    socket.on('error', (error: Error & { readonly code?: unknown }) => {
      if (error.code === OVERSIZE) metrics.malformed.oversize += 1;
      this.failure = error.message;
    });
    socket.on('close', (code) => {
      this.stopReading().lose(this.failure ?? `closed by the peer with ${code}`, code);
    });
  }

  /** From now on `reader` gets the frames. */
  handOver(reader: FrameReader): void {
    this.reader = reader;
  }

  get queuedBytes(): number {
    return this.parts.socket.bufferedAmount;
  }

  /** Frames sent to a socket that is closing go nowhere: its reader hears about the end anyway. */
  send(frame: Buffer): void {
    const { socket, stream, cork } = this.parts;
    if (stream !== undefined) cork.cork(stream);
    socket.send(frame, BINARY, ignoreFailure);
  }

  ping(): void {
    this.parts.socket.ping(undefined, undefined, ignoreFailure);
  }

  close(code: number, reason: string): void {
    this.stopReading();
    this.parts.socket.close(code, closingReason(reason));
  }

  cut(): void {
    this.stopReading();
    this.parts.socket.terminate();
  }

  private stopReading(): FrameReader {
    const { reader } = this;
    this.reader = DEAF;
    return reader;
  }
}

function closingReason(reason: string): string {
  return reason.replace(/[^ -~]/g, '?').slice(0, CLOSING_REASON_BYTES);
}
