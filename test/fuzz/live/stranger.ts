import { once } from 'node:events';
import { authMessage, decodeBtp, encodeBtp } from '#protocol';
import { WebSocket } from 'ws';
import { WASTED_FRAMES } from '../../../apps/btp-gateway/src/sockets/listener';
import { judgeFirstFrame } from '../../../apps/btp-gateway/src/sockets/server-handshake';
import type { Dice } from '../dice';
import type { Tally } from '../tally';
import type { FrameSource } from './frame-source';
import type { RudeVisits } from './rude-visits';

export interface StrangerOptions {
  readonly url: string;
  readonly source: FrameSource;
  readonly rude: RudeVisits;
  readonly dice: Dice;
  readonly outcomes: Tally;
  readonly violate: (violation: string) => void;
}

/** What a socket is to come to. */
interface Expected {
  readonly code: number;
  /** The id and name of the one Error, where there is one. */
  readonly refusal: string | undefined;
}

/** Between so many sockets, one that does not even speak BTP. */
const RUDE_EVERY = 24;
const MOST_PER_SOCKET = 50;
const CLOSED_WITHIN_MS = 20_000;
const CLOSED_AS_TOO_BIG = 1009;
const NORMAL = 1000;
/** What a socket finds that is cut off. */
const CUT_OFF: Expected = { code: 1006, refusal: undefined };

/** Somebody without credentials: one socket after the other, each until it is sent away. */
export class Stranger {
  private sockets = 0;

  constructor(private readonly options: StrangerOptions) {}

  async run(frames: number): Promise<void> {
    const { dice, rude } = this.options;
    let sent = 0;
    while (sent < frames) {
      sent += await this.visit(frames - sent);
      if (dice.once(RUDE_EVERY)) await rude.visit();
    }
  }

  get socketsOpened(): number {
    return this.sockets;
  }

  /** @returns how many frames were sent */
  private async visit(most: number): Promise<number> {
    const socket = new WebSocket(this.options.url, { perMessageDeflate: false });
    this.sockets += 1;
    const answers: Buffer[] = [];
    socket.on('error', () => undefined);
    socket.on('message', (frame: Buffer) => answers.push(frame));
    const closed = once(socket, 'close', { signal: AbortSignal.timeout(CLOSED_WITHIN_MS) });
    closed.catch(() => undefined);
    await once(socket, 'open');
    const { sent, expected } = this.sendUntilSentAway(socket, most);
    try {
      const [code] = (await closed) as [number];
      this.compare(expected, code, answers);
    } catch {
      this.options.violate(`a stranger was not sent away; expected ${JSON.stringify(expected)}`);
      socket.terminate();
    }
    return sent;
  }

  private sendUntilSentAway(socket: WebSocket, most: number) {
    const { source, outcomes } = this.options;
    let wasted = 0;
    for (let sent = 1; sent <= Math.min(most, MOST_PER_SOCKET); sent += 1) {
      const { bytes, form } = source.next();
      socket.send(form === 'text' ? bytes.toString('latin1') : bytes);
      const expected = form === 'text' ? undefined : expectedOf(bytes, form);
      if (expected !== undefined) return { sent, expected };
      outcomes.add(`${form === 'text' ? 'text' : 'passed over'}: not answered`);
      wasted += 1;
      if (wasted > WASTED_FRAMES) return { sent, expected: CUT_OFF };
    }
    const guess = encodeBtp(authMessage(1, '', 'a guess'));
    socket.send(guess);
    const expected = expectedOf(guess, 'binary') ?? { code: NORMAL, refusal: undefined };
    return { sent: Math.min(most, MOST_PER_SOCKET), expected };
  }

  private compare(expected: Expected, code: number, answers: readonly Buffer[]): void {
    const { outcomes, violate } = this.options;
    const refusals = answers.map(refusalIn);
    const [refusal] = refusals;
    outcomes.add(`closed with ${code}: ${refusal?.split(' ')[1] ?? 'not answered'}`);
    if (code === expected.code && refusals.length <= 1 && refusal === expected.refusal) return;
    violate(`a stranger: ${code} ${refusals.join()} instead of ${JSON.stringify(expected)}`);
  }
}

/** undefined: the gateway passes over the frame and listens on. */
function expectedOf(bytes: Buffer, form: 'binary' | 'oversize'): Expected | undefined {
  if (form === 'oversize') return { code: CLOSED_AS_TOO_BIG, refusal: undefined };
  const verdict = judgeFirstFrame(bytes, () => undefined);
  if (verdict.kind !== 'refuse') return undefined;
  return { code: NORMAL, refusal: `${verdict.requestId} ${verdict.error}` };
}

function refusalIn(answer: Buffer): string {
  const packet = decodeBtp(answer);
  return `${packet.requestId} ${packet.type === 'error' ? packet.name : packet.type}`;
}
