import type { Curve } from '#domain/liquidity';
import type { RefusedWay } from '#domain/routing';

/** How answers to operators are written: amounts as text, times as ISO 8601, null for nothing. */

export function pointsOf(curve: Curve | undefined): [string, string][] | null {
  if (curve === undefined) return null;
  return curve.points.map(([x, y]) => [x.toString(), y.toString()]);
}

export function timeOf(ms: number | undefined): string | null {
  return ms === undefined ? null : new Date(ms).toISOString();
}

export function copyOf(paths: readonly (readonly string[])[]): string[][] {
  return paths.map((path) => [...path]);
}

export function refusedOf(ways: readonly RefusedWay[]) {
  return ways.map(({ kind, nextPrefix, nextHop, reason }) => {
    return { kind, nextPrefix, nextHop: nextHop ?? null, reason };
  });
}

/** Less than a message of the bus holds, with room for what stands around the entries. */
const PAGE_BYTES = 512 * 1024;

export interface Page<T> {
  readonly entries: T[];
  /** The destination that the next page begins after; null = there is none. */
  readonly next: string | null;
}

/**
 * As many entries as the limit allows, and as fit into an answer; one at least.
 * @param entries in order, one more than the limit if there are so many
 */
export function pageOf<T extends { readonly destination: string }>(
  entries: readonly T[],
  limit: number,
): Page<T> {
  let bytes = 0;
  const taken: T[] = [];
  for (const entry of entries) {
    bytes += JSON.stringify(entry).length;
    if (taken.length === limit || (taken.length > 0 && bytes > PAGE_BYTES)) break;
    taken.push(entry);
  }
  const last = taken.at(-1);
  const isWhole = taken.length === entries.length || last === undefined;
  return { entries: taken, next: isWhole ? null : last.destination };
}
