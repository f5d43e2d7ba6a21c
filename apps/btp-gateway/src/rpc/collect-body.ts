import type { IncomingMessage } from 'node:http';

/**
 * Gathers the body of an HTTP message. `done` is called once: with the body, or with what is wrong
 * with it as soon as that is known; what comes after that is thrown away.
 */
export function collectBody(
  message: IncomingMessage,
  limit: number,
  done: (body: Buffer | 'too-long' | 'cut-off') => void,
): void {
  const chunks: Buffer[] = [];
  let size = 0;
  let isDone = false;
  const finish = (body: Buffer | 'too-long' | 'cut-off'): void => {
    if (isDone) return;
    isDone = true;
    chunks.length = 0;
    done(body);
  };
  message.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (size > limit) finish('too-long');
    else chunks.push(chunk);
  });
  message.on('end', () => {
    finish(Buffer.concat(chunks));
  });
  message.on('error', () => {
    finish('cut-off');
  });
  message.on('close', () => {
    finish('cut-off');
  });
}
