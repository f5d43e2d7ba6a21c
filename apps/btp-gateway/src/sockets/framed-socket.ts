import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import type { GatewayMetrics } from '../gateway-metrics';
import type { Wire } from '../sessions/wire';
import type { TurnCork } from './turn-cork';

/** Whoever reads a socket at the moment: the handshake, then the session. */
export interface FrameReader {
  receive(frame: Buffer): void;
  receivePong(): void;
  /** Text or a ping, of no meaning in BTP. */
  receiveNoise(): void;
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
  receiveNoise: () => undefined,
  lose: () => undefined,
};

const BINARY = { binary: true };
const ignoreFailure = (): void => undefined;
/**
 * The network is handed about so many bytes at a time. What it takes in one piece it reports in one
 * piece: without a bound a peer that reads slowly would seem not to read at all.
 */
const PORTION_BYTES = 131_072;
/** RFC 6455 §5.5: what a closing frame has room for, bytes. */
const CLOSING_REASON_BYTES = 123;
/** How ws names a message beyond `maxPayload`. */
const OVERSIZE = 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH';

/** One WebSocket as binary frames; text is passed over (SPEC §5.1). */
export class FramedSocket implements Wire {
  private reader: FrameReader;
  private failure: string | undefined;
  /** Frames that wait until the network has taken what it was handed. */
  private readonly held: Buffer[] = [];
  private heldBytes = 0;
  private takenFrames = 0;

  constructor(private readonly parts: FramedSocketParts) {
    const { socket } = parts;
    this.reader = parts.reader;
    socket.on('message', (data, isBinary) => {
      if (isBinary && Buffer.isBuffer(data)) this.reader.receive(data);
      else this.receiveText();
    });
    socket.on('ping', () => {
      this.reader.receiveNoise();
    });
    socket.on('pong', () => {
      this.reader.receivePong();
    });
    socket.on('error', (error: Error & { readonly code?: unknown }) => {
      if (error.code === OVERSIZE) parts.metrics.malformed.oversize += 1;
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
    return this.parts.socket.bufferedAmount + this.heldBytes;
  }

  get taken(): number {
    return this.takenFrames;
  }

  pause(): void {
    this.parts.socket.pause();
  }

  resume(): void {
    this.parts.socket.resume();
  }

  /** Frames sent to a socket that is closing go nowhere: its reader hears about the end anyway. */
  send(frame: Buffer): void {
    if (this.heldBytes === 0 && this.hasRoom) this.write(frame);
    else this.hold(frame);
  }

  ping(): void {
    this.parts.socket.ping(undefined, undefined, ignoreFailure);
  }

  close(code: number, reason: string): void {
    this.stopReading();
    for (const frame of this.held.splice(0)) this.write(frame);
    this.heldBytes = 0;
    // Whoever is not read is not heard to close either.
    this.resume();
    this.parts.socket.close(code, closingReason(reason));
  }

  cut(): void {
    this.stopReading();
    this.parts.socket.terminate();
  }

  private receiveText(): void {
    this.parts.metrics.malformed.text += 1;
    this.reader.receiveNoise();
  }

  private get hasRoom(): boolean {
    return this.parts.socket.bufferedAmount <= PORTION_BYTES;
  }

  private write(frame: Buffer): void {
    const { socket, stream, cork } = this.parts;
    if (stream !== undefined) cork.cork(stream);
    socket.send(frame, BINARY, this.onTaken);
  }

  /** Also called for what could not be sent: then the socket is about to end, and tells so. */
  private readonly onTaken = (): void => {
    this.takenFrames += 1;
  };

  /** More waits than one portion, so the stream will say when it has none left. */
  private hold(frame: Buffer): void {
    if (this.heldBytes === 0) this.parts.stream?.once('drain', this.handOn);
    this.held.push(frame);
    this.heldBytes += frame.length;
  }

  private readonly handOn = (): void => {
    let handedOn = 0;
    for (const frame of this.held) {
      if (!this.hasRoom) break;
      this.write(frame);
      this.heldBytes -= frame.length;
      handedOn += 1;
    }
    this.held.splice(0, handedOn);
    if (this.heldBytes > 0) this.parts.stream?.once('drain', this.handOn);
  };

  private stopReading(): FrameReader {
    const { reader } = this;
    this.reader = DEAF;
    return reader;
  }
}

function closingReason(reason: string): string {
  return reason.replace(/[^ -~]/g, '?').slice(0, CLOSING_REASON_BYTES);
}
