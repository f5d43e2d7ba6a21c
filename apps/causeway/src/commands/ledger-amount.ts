/** Written instead of an amount where there may be none. */
const NONE: ReadonlySet<string> = new Set(['none', 'unlimited']);

/** Is this the way to say that there shall be none? */
export function isNone(written: string): boolean {
  return NONE.has(written);
}
