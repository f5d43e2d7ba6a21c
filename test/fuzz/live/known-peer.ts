import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  authMessage,
  type BtpAnswer,
  type BtpError,
  type BtpPacket,
  type BtpRequest,
  errorMessage,
  infoRequest,
  isBtpRequestType,
} from '#protocol';
import { WebSocket } from 'ws';
import type { BtpDialect } from '../../../apps/btp-gateway/src/sessions/btp-dialect';
import type { Tally } from '../tally';
import { type ClassedFrame, classed, FRAME_CLASSES, isOwedAnswer } from './frame-class';
import type { FrameSource } from './frame-source';
import { madeCurrent } from './made-current';

export interface KnownPeerOptions {
  readonly id: string;
  readonly url: string;
  /** Of BTP/1.0, where an auth comes first; in BTP/alpha the URL says who we are. */
  readonly token: string | undefined;
  readonly dialect: BtpDialect;
  readonly source: FrameSource;
  /** Which of the frames are sent; of the others the next one is taken. */
  readonly isWanted: (frame: ClassedFrame) => boolean;
  /** Frames that follow what the gateway asks of us; their ids begin at `REACTION_IDS`. */
  readonly react: (request: BtpRequest) => readonly Buffer[];
  readonly outcomes: Tally;
  readonly violate: (violation: string) => void;
}

/** The answer to our first packet. */
interface Greeting {
  said: string | undefined;
}

/** The ids of requests say whose answer it is: frames by their number, then reactions, fences. */
export const REACTION_IDS = 0x8000_0000;
const FENCE_IDS = 0xf000_0000;
const FIRST_ID = 0xffff_ffff;
const BATCH = 200;
/** Beyond so many without their answer, the peer waits. */
const MOST_OWED = 2_000;
const ANSWERED_WITHIN_MS = 60_000;
/** Longer than the gateway waits for anybody inside. */
const SETTLED_WITHIN_MS = 15_000;
const POLL_MS = 5;
const CLOSED_AS_TOO_BIG = 1009;

/** An authenticated peer that sends whatever its source gives, and accounts for every answer. */
export class KnownPeer {
  /** Every transfer that it may have made, by id and amount. */
  readonly prepared = new Set<string>();
  private readonly classes: Uint8Array;
  private readonly isAnswered: Uint8Array;
  private sent = 0;
  private owed = 0;
  private fences = 0;
  private fencesPassed = 0;
  private socket: WebSocket | undefined;
  private mayClose = false;
  private greeting: Greeting = { said: undefined };

  constructor(
    private readonly options: KnownPeerOptions,
    private readonly frames: number,
  ) {
    this.classes = new Uint8Array(frames);
    this.isAnswered = new Uint8Array(frames);
  }

  /** Sends all frames, and waits for what is owed. */
  async run(): Promise<void> {
    while (this.sent < this.frames) {
      const socket = await this.connected();
      const oversize = this.sendBatch(socket);
      if (oversize !== undefined) await this.overstep(socket, oversize);
      else if (await this.pass(socket)) await this.owing(MOST_OWED, ANSWERED_WITHIN_MS);
    }
    await this.owing(0, SETTLED_WITHIN_MS);
    this.countUnanswered();
  }

  close(): void {
    this.mayClose = true;
    this.socket?.close();
  }

  get sentFrames(): number {
    return this.sent;
  }

  private async connected(): Promise<WebSocket> {
    if (this.socket?.readyState === WebSocket.OPEN) return this.socket;
    const socket = new WebSocket(this.options.url, { perMessageDeflate: false });
    socket.on('error', () => undefined);
    await once(socket, 'open');
    socket.on('message', (frame: Buffer) => {
      this.receive(frame, socket);
    });
    socket.on('close', (code) => {
      this.noteClosed(code);
    });
    await this.introduce(socket);
    this.socket = socket;
    this.mayClose = false;
    return socket;
  }

  /**
   * BTP/alpha must not begin with what looks like an auth of BTP/1.0, so it begins with a question. What
   * is still to be delivered may come before the answer.
   */
  private async introduce(socket: WebSocket): Promise<void> {
    const { token, dialect, id } = this.options;
    const greeting: Greeting = { said: undefined };
    this.greeting = greeting;
    const first = token === undefined ? question(FIRST_ID) : authMessage(FIRST_ID, '', token);
    socket.send(dialect.encode(first));
    await holds(ANSWERED_WITHIN_MS, () => greeting.said !== undefined || isGone(socket));
    const { said = 'nothing' } = greeting;
    if (said !== 'Response') throw new Error(`${id} was not let in: ${said}`);
  }

  private noteClosed(code: number): void {
    this.options.outcomes.add(`session closed: ${code}`);
    if (!this.mayClose) this.options.violate(`${this.options.id}: session closed with ${code}`);
  }

  /** Stops where a frame is too long: nothing can follow it. */
  private sendBatch(socket: WebSocket): Buffer | undefined {
    for (let count = 0; count < BATCH && this.sent < this.frames;) {
      const { bytes, form } = this.options.source.next();
      if (form === 'oversize') return bytes;
      if (form === 'text') {
        this.note({ frame: bytes, class: 'text', prepare: undefined });
        socket.send(bytes.toString('latin1'));
      } else {
        const frame = classed(madeCurrent(bytes, this.sent), this.options.dialect);
        if (!this.options.isWanted(frame)) {
          this.options.outcomes.add('withheld: a ledger could take it');
          continue;
        }
        this.note(frame);
        socket.send(frame.frame);
      }
      count += 1;
    }
    return undefined;
  }

  private note({ class: frameClass, prepare }: ClassedFrame): void {
    this.classes[this.sent] = FRAME_CLASSES.indexOf(frameClass);
    this.sent += 1;
    if (isOwedAnswer(frameClass)) this.owed += 1;
    if (prepare !== undefined) this.prepared.add(`${prepare.transferId} ${prepare.amount}`);
  }

  /** What was asked is answered first, for the session ends with it. */
  private async overstep(socket: WebSocket, oversize: Buffer): Promise<void> {
    await this.owing(0, SETTLED_WITHIN_MS);
    this.mayClose = true;
    const closed = once(socket, 'close');
    socket.send(oversize);
    const [code] = (await closed) as [number];
    if (code !== CLOSED_AS_TOO_BIG) {
      this.options.violate(`${this.options.id}: a frame that is too long was closed with ${code}`);
    }
  }

  /** A question that is always answered: when it is, everything before it has been read. */
  private async pass(socket: WebSocket): Promise<boolean> {
    this.fences += 1;
    const requestId = FENCE_IDS + (this.fences % 0xfff_ffff);
    socket.send(this.options.dialect.encode(question(requestId)));
    const isPassed = await holds(
      ANSWERED_WITHIN_MS,
      () => this.fencesPassed === this.fences || socket.readyState !== WebSocket.OPEN,
    );
    if (!isPassed) this.options.violate(`${this.options.id}: the gateway answers no more`);
    this.fencesPassed = this.fences;
    return isPassed && socket.readyState === WebSocket.OPEN;
  }

  private owing(most: number, withinMs: number): Promise<boolean> {
    return holds(withinMs, () => this.owed <= most);
  }

  private receive(frame: Buffer, socket: WebSocket): void {
    const { dialect, react } = this.options;
    const packet = dialect.decode(frame);
    if (isAnswer(packet)) this.receiveAnswer(packet);
    else {
      const { requestId } = packet;
      socket.send(dialect.encode({ type: 'response', requestId, protocolData: [] }));
      for (const reaction of react(packet)) socket.send(reaction);
    }
  }

  private receiveAnswer(answer: BtpAnswer): void {
    const { requestId } = answer;
    const said = answer.type === 'error' ? nameOf(answer) : 'Response';
    if (requestId === FIRST_ID) this.greeting.said = said;
    else if (requestId >= FENCE_IDS) this.fencesPassed = this.fences;
    else if (requestId >= REACTION_IDS) this.options.outcomes.add(`reaction: ${said}`);
    else this.attribute(requestId, said);
  }

  private attribute(index: number, said: string): void {
    const { id, outcomes, violate } = this.options;
    const frameClass = this.classAt(index);
    outcomes.add(`${frameClass}: ${said}`);
    if (index >= this.sent) violate(`${id}: an answer to nothing, ${index}`);
    else if (!isOwedAnswer(frameClass)) violate(`${id}: answered frame ${index}, ${frameClass}`);
    else if (this.isAnswered[index] === 1) violate(`${id}: answered frame ${index} twice`);
    else this.owed -= 1;
    this.isAnswered[index] = 1;
  }

  private countUnanswered(): void {
    for (let index = 0; index < this.sent; index += 1) {
      if (this.isAnswered[index] === 1) continue;
      const frameClass = this.classAt(index);
      const how = isOwedAnswer(frameClass) ? 'UNANSWERED' : 'not answered';
      this.options.outcomes.add(`${frameClass}: ${how}`);
    }
  }

  private classAt(index: number) {
    return FRAME_CLASSES[this.classes[index] ?? 0] ?? 'text';
  }
}

/** With its words, where the name says nothing of why. */
function nameOf({ name, data }: BtpError): string {
  return name === 'UnreachableError' ? `${name} (${errorMessage(data)})` : name;
}

function question(requestId: number): BtpRequest {
  return { type: 'message', requestId, protocolData: [infoRequest('account')] };
}

function isGone({ readyState }: WebSocket): boolean {
  return readyState === WebSocket.CLOSED;
}

function isAnswer(packet: BtpPacket): packet is BtpAnswer {
  return !isBtpRequestType(packet.type);
}

async function holds(withinMs: number, isSo: () => boolean): Promise<boolean> {
  const untilMs = Date.now() + withinMs;
  while (!isSo()) {
    if (Date.now() > untilMs) return false;
    await sleep(POLL_MS);
  }
  return true;
}
