import { isAddress } from '../ilp/address';
import { JsonNumber, type JsonObject, type JsonValue } from '../json';
import type { Place } from './routing-update-error';

/** What stands at a place; undefined if the member is absent. */
export interface Found {
  readonly value: JsonValue | undefined;
  readonly place: Place;
}

export function objectIn({ value, place }: Found): JsonObject {
  if (!(value instanceof Map)) throw place.error(value === undefined ? 'missing' : 'not-an-object');
  return value;
}

/** The members of an object that has none but those allowed. */
export function membersIn(found: Found, allowed: ReadonlySet<string>): (name: string) => Found {
  const members = objectIn(found);
  for (const name of members.keys()) {
    if (!allowed.has(name)) throw found.place.member(name).error('unknown-member');
  }
  return (name) => ({ value: members.get(name), place: found.place.member(name) });
}

export function listIn({ value, place }: Found): JsonValue[] {
  if (!Array.isArray(value)) throw place.error(value === undefined ? 'missing' : 'not-a-list');
  return value;
}

/** The loose check that every address on the wire must pass (SPEC §2.2, D-1). */
export function addressIn({ value, place }: Found): string {
  if (typeof value !== 'string') throw place.error(value === undefined ? 'missing' : 'not-text');
  if (!isAddress(value)) throw place.error('not-an-address');
  return value;
}

/** The nearest double; infinite where there is none. */
export function numberIn({ value, place }: Found): number {
  if (!(value instanceof JsonNumber)) {
    throw place.error(value === undefined ? 'missing' : 'not-a-number');
  }
  return value.value;
}

/** What the function reads; where the member is absent, what stands in for it, if anything does. */
export function withDefault<T>(found: Found, read: (found: Found) => T, absent: T | undefined): T {
  return found.value === undefined && absent !== undefined ? absent : read(found);
}

export function ifPresent<T>(found: Found, read: (found: Found) => T): T | undefined {
  return found.value === undefined ? undefined : read(found);
}
