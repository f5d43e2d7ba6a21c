import { JsonNumber } from './exact-json';

/**
 * Writes what `parseExactJson` has read, every number as it was written, and whatever `JSON.stringify`
 * writes: also both within each other.
 * @throws RangeError for what is nested too deeply
 */
export function writeExactJson(value: unknown): string {
  return written(value) ?? 'null';
}

/** Undefined for what has no place in JSON: members are left out then. */
function written(value: unknown): string | undefined {
  if (value instanceof JsonNumber) return value.text;
  if (Array.isArray(value)) return `[${value.map(writeExactJson).join(',')}]`;
  if (value instanceof Map) return objectOf(value.entries());
  if (isPlainObject(value)) return objectOf(Object.entries(value));
  return plain(value);
}

function isPlainObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !('toJSON' in value);
}

/** The library's types know nothing of undefined. */
function plain(value: unknown): string | undefined {
  return JSON.stringify(value);
}

function objectOf(members: Iterable<[unknown, unknown]>): string {
  const texts: string[] = [];
  for (const [name, value] of members) {
    const text = written(value);
    if (text !== undefined) texts.push(`${JSON.stringify(String(name))}:${text}`);
  }
  return `{${texts.join(',')}}`;
}
