/** Has so much time passed since then? Yes where the clock was set back: nobody knows how much has. */
export function hasPassed(ms: number, sinceMs: number, nowMs: number): boolean {
  return nowMs - sinceMs >= ms || nowMs < sinceMs;
}
