import type { RemoteFailure, RemoteOutcome } from '#domain/routing';

/** Nobody waits any longer for what a next hop quotes. */
const TOO_LATE: RemoteOutcome = {
  kind: 'failed',
  failure: { kind: 'own', code: 'T01', message: 'The next connector gave no quote in time' },
};

/** What comes of it within the time; the asking goes on for whoever comes next. */
export async function withinPatience(
  outcome: Promise<RemoteOutcome>,
  withinMs: number,
): Promise<RemoteOutcome> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<RemoteOutcome>((resolve) => {
    timer = setTimeout(() => {
      resolve(TOO_LATE);
    }, withinMs);
  });
  try {
    return await Promise.race([outcome, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Ways that may be found in need of a quote one after the other, for one payment or question. */
export const QUOTE_ROUNDS = 4;

export const TOO_MANY_ROUNDS: RemoteFailure = {
  kind: 'own',
  code: 'T01',
  message: 'No way could be found of which the price is known',
};
