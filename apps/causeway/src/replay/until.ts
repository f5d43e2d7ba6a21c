/** Where a replay ends: after a version of each ledger, or before the first event that came later. */
export type Until = { readonly untilVersion: number } | { readonly untilMs: number };

/** ISO 8601 with a zone, so that the same text means the same moment everywhere. */
const ISO_TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?(Z|[+-]\d{2}:\d{2})$/;

/** The text names neither a version nor a moment. */
export class UntilError extends Error {
  override readonly name = 'UntilError';
}

/** @throws UntilError naming the option and the rule. */
export function parseUntil(text: string, option = '--until'): Until {
  if (/^\d{1,15}$/.test(text)) return { untilVersion: Number(text) };
  const untilMs = ISO_TIME.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isSafeInteger(untilMs)) return { untilMs };
  throw new UntilError(
    `${option}: "${text}" must be a version or an ISO 8601 time with a zone, as 2026-01-31T12:00:00Z`,
  );
}
