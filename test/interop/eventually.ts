import { setTimeout as sleep } from 'node:timers/promises';

const POLL_MS = 100;
const WITHIN_MS = 30_000;

/** Repeats the expectations until they hold; their last failure when they do not in time. */
export async function eventually(expectations: () => Promise<void>): Promise<void> {
  const untilMs = Date.now() + WITHIN_MS;
  for (;;) {
    try {
      await expectations();
      return;
    } catch (error) {
      if (Date.now() > untilMs) throw error;
    }
    await sleep(POLL_MS);
  }
}
