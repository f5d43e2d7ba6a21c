import { setting } from './setting';

/** What a setting with a structure says: from a file it has its structure already, from the environment it is JSON. */
export function structureOf(value: unknown): unknown {
  if (typeof value !== 'string') return value;
  try {
    return JSON.parse(value);
  } catch {
    return undefined;
  }
}

/**
 * A list.
 * @param members what each entry has, for people
 * @param read the entry, or the rule that it breaks, beside those that were read before
 */
export function listOf<T extends object>(
  members: string,
  read: (entry: unknown, before: readonly T[]) => T | string,
) {
  return setting((value, no): readonly T[] => {
    const list = structureOf(value);
    if (!Array.isArray(list)) return no(`must be a list of ${members}`);
    const entries: T[] = [];
    for (const [index, entry] of (list as unknown[]).entries()) {
      const one = read(entry, entries);
      if (typeof one === 'string') return no(`entry ${index + 1}: ${one}`);
      entries.push(one);
    }
    return entries;
  });
}
