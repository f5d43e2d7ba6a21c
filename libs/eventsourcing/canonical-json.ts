/** What an event's payload may hold: JSON without numbers that could lose money (amounts are decimal text). */
export type JsonValue =
  | string
  | number
  | boolean
  | null
  | readonly JsonValue[]
  | { readonly [key: string]: JsonValue | undefined };

export type JsonObject = Readonly<Record<string, JsonValue | undefined>>;

/**
 * The one text of a JSON value: keys in code-unit order, no white space, members that are
 * undefined left out. The same value always gives the same bytes, whatever order its keys were
 * written in or a database returned them in; the hash chain depends on it.
 */
export function canonicalJson(value: JsonValue): string {
  // What is written in order already, as payloads of new events are, is twice as fast this way.
  return isInOrder(value) ? JSON.stringify(value) : sortedJson(value);
}

function sortedJson(value: JsonValue): string {
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  if (isList(value)) return `[${value.map(sortedJson).join(',')}]`;
  return canonicalObject(value);
}

function canonicalObject(value: JsonObject): string {
  let text = '';
  for (const key of Object.keys(value).sort()) {
    const member = value[key];
    if (member === undefined) continue;
    text += `${text === '' ? '' : ','}${JSON.stringify(key)}:${sortedJson(member)}`;
  }
  return `{${text}}`;
}

/** Are the keys of every object in code-unit order? */
function isInOrder(value: JsonValue): boolean {
  if (value === null || typeof value !== 'object') return true;
  if (isList(value)) return value.every(isInOrder);
  let previous = '';
  for (const key of Object.keys(value)) {
    if (key < previous) return false;
    const member = value[key];
    if (member !== undefined && !isInOrder(member)) return false;
    previous = key;
  }
  return true;
}

function isList(value: object): value is readonly JsonValue[] {
  return Array.isArray(value);
}
