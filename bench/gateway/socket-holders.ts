import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { WebSocket } from 'ws';
import { authMessage, encodeBtp } from '#protocol';
import { kindOf, responseTo } from '../payments/frames';

/** What the holder of sockets is told to do. */
const orderSchema = z.object({
  url: z.string(),
  /** Each authenticates and then only answers. */
  tokens: z.array(z.string()),
  /** Sockets that never say anything. */
  silent: z.number(),
  /** Whether a silent socket that is closed is opened again at once. */
  isStubborn: z.boolean(),
});

export type HoldOrder = z.infer<typeof orderSchema>;

/** What it reports, whenever it is asked. */
export const heldSchema = z.object({
  idle: z.number(),
  silent: z.number(),
  /** How many sockets that were open were closed by the other side. */
  lost: z.number(),
});

export type Held = z.infer<typeof heldSchema>;

/** Handshakes under way at once: more would only wait in the listener's queue. */
const LANES = 32;
/** Between two attempts of one stubborn socket. */
const PAUSE_MS = 5_000;
/** The kernel has 28,000 ports for one address: a second address has as many again. */
const SOURCES = ['127.0.0.2', '127.0.0.3', '127.0.0.4'];

/**
 * Runs in a process of its own: holds sockets until its starter lets go of it. Every message but the
 * first asks how many there are.
 */
export function runHolders(): void {
  process.once('message', (message) => {
    const holders = new SocketHolders(orderSchema.parse(message));
    process.on('message', () => process.send?.(holders.held));
    holders.open().then(
      () => process.send?.(holders.held),
      (error: unknown) => {
        process.stderr.write(`holders: ${String(error)}\n`);
        process.exit(1);
      },
    );
  });
  process.on('disconnect', () => process.exit(0));
}

class SocketHolders {
  private idle = 0;
  private silent = 0;
  private lost = 0;
  private opened = 0;

  constructor(private readonly order: HoldOrder) {}

  get held(): Held {
    const { idle, silent, lost } = this;
    return { idle, silent, lost };
  }

  async open(): Promise<void> {
    const { tokens, silent, isStubborn } = this.order;
    await inLanes(tokens, (token) => this.openIdle(token));
    const places = Array.from({ length: silent }, (_, place) => place);
    if (!isStubborn) {
      await inLanes(places, () => this.openSilent());
      return;
    }
    for (const place of places) void this.insist((place * PAUSE_MS) / silent);
    await sleep(2 * PAUSE_MS);
  }

  private async openIdle(token: string): Promise<void> {
    const socket = this.socket();
    await once(socket, 'open');
    socket.send(encodeBtp(authMessage(1, '', token)));
    const [answer] = (await once(socket, 'message')) as [Buffer];
    if (kindOf(answer) !== 'response') throw new Error('an idle peer was not let in');
    this.idle += 1;
    socket.on('message', (frame: Buffer) => {
      if (kindOf(frame) !== 'response') socket.send(responseTo(frame));
    });
    socket.on('close', () => {
      this.idle -= 1;
      this.lost += 1;
    });
  }

  /** Resolves once the socket is open, or was turned away. */
  private openSilent(): Promise<WebSocket> {
    const socket = this.socket();
    return new Promise((resolve) => {
      let isOpen = false;
      socket.on('open', () => {
        isOpen = true;
        this.silent += 1;
        resolve(socket);
      });
      socket.on('close', () => {
        if (isOpen) this.silent -= 1;
        this.lost += 1;
        resolve(socket);
      });
    });
  }

  /** Whenever it is closed, it comes back. */
  private async insist(afterMs: number): Promise<never> {
    await sleep(afterMs);
    for (;;) {
      const socket = await this.openSilent();
      if (socket.readyState === WebSocket.OPEN) await once(socket, 'close');
      await sleep(PAUSE_MS);
    }
  }

  private socket(): WebSocket {
    const localAddress = SOURCES[this.opened++ % SOURCES.length];
    const socket = new WebSocket(this.order.url, { perMessageDeflate: false, localAddress });
    socket.on('error', () => undefined);
    return socket;
  }
}

async function inLanes<T>(all: readonly T[], work: (one: T) => Promise<unknown>): Promise<void> {
  const left = [...all];
  const lane = async (): Promise<void> => {
    for (let one = left.pop(); one !== undefined; one = left.pop()) await work(one);
  };
  await Promise.all(Array.from({ length: LANES }, lane));
}
