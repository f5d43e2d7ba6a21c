import { setTimeout as sleep } from 'node:timers/promises';
import { WebSocket } from 'ws';
import { authMessage, encodeBtp } from '#protocol';
import { kindOf } from '../payments/frames';

/** How an honest peer got in. */
export interface Admission {
  readonly ms: number;
  readonly attempts: number;
}

const GIVE_UP_MS = 30_000;
const RETRY_MS = 100;

/** Dials until it is let in; undefined when it is not within half a minute. */
export async function comeIn(url: string, token: string): Promise<Admission | undefined> {
  const began = performance.now();
  for (let attempts = 1; performance.now() - began < GIVE_UP_MS; attempts += 1) {
    if (await attempt(url, token)) return { ms: performance.now() - began, attempts };
    await sleep(RETRY_MS);
  }
  return undefined;
}

function attempt(url: string, token: string): Promise<boolean> {
  const socket = new WebSocket(url, { perMessageDeflate: false });
  return new Promise((resolve) => {
    socket.on('error', () => undefined);
    socket.on('open', () => {
      socket.send(encodeBtp(authMessage(1, '', token)));
    });
    socket.on('message', (frame: Buffer) => {
      resolve(kindOf(frame) === 'response');
      socket.close();
    });
    socket.on('close', () => {
      resolve(false);
    });
  });
}
