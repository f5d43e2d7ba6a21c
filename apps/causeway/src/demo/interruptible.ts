const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

export class InterruptedError extends Error {
  override readonly name = 'InterruptedError';
}

export interface Work {
  /** Aborted when a signal came: the work must not begin anything new. */
  readonly signal: AbortSignal;
  /** Registers what must be stopped at the end, whatever happens. */
  readonly onStop: (stop: () => Promise<void>) => void;
}

/**
 * Does the work, and stops what it has started when it is done, has failed, or SIGINT, SIGTERM or SIGHUP comes.
 *
 * @throws InterruptedError naming the signal.
 */
export async function interruptible(work: (hooks: Work) => Promise<void>): Promise<void> {
  const stops: (() => Promise<void>)[] = [];
  const controller = new AbortController();
  const { signal } = controller;
  const interrupted = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => {
      reject(new InterruptedError(String(signal.reason)));
    });
  });
  const listeners = SIGNALS.map((name) => {
    const listener = (): void => {
      controller.abort(`stopped by ${name}`);
    };
    process.once(name, listener);
    return () => process.off(name, listener);
  });
  const working = work({ signal, onStop: (stop) => stops.unshift(stop) });
  try {
    await Promise.race([working, interrupted]);
  } finally {
    await stopAll(stops);
    // Interrupted work may just have started something, and fails now that the rest is gone.
    await working.catch(() => undefined);
    await stopAll(stops);
    for (const forget of listeners) forget();
  }
}

async function stopAll(stops: (() => Promise<void>)[]): Promise<void> {
  for (const stop of stops.splice(0)) await stop();
}
