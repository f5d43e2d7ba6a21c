import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { canonicalJson, type JsonObject } from '#eventsourcing';
import {
  decodeEvent,
  type EncodedEvent,
  encodeEvent,
  EVENT_TYPES,
  schemaVersionOf,
} from './event-codec';

/** One file per event type and schema version. A file is never changed: it is what logs hold. */
interface GoldenFile {
  readonly type: string;
  readonly schemaVersion: number;
  readonly events: readonly {
    readonly title: string;
    readonly transferId: string | null;
    readonly payload: JsonObject;
    /** base64url */
    readonly packet: string | null;
  }[];
}

const FOLDER = join(__dirname, 'golden');
const names = readdirSync(FOLDER).sort();
const files = new Map(names.map((name) => [name, readGolden(name)]));

function readGolden(name: string): GoldenFile {
  return JSON.parse(readFileSync(join(FOLDER, name), 'utf8')) as GoldenFile;
}

const stored = [...files.values()].flatMap((file) =>
  file.events.map((event): [string, EncodedEvent] => [
    `${file.type} v${file.schemaVersion}: ${event.title}`,
    {
      type: file.type,
      schemaVersion: file.schemaVersion,
      transferId: event.transferId,
      payload: event.payload,
      packet: event.packet === null ? null : Buffer.from(event.packet, 'base64url'),
    },
  ]),
);

test.each(stored)('%s can be read by today’s code', (_title, encoded) => {
  expect(decodeEvent(encoded).type).toBe(encoded.type);
});

const current = stored.filter(([, { type, schemaVersion }]) =>
  EVENT_TYPES.some((known) => known === type && schemaVersionOf(known) === schemaVersion),
);

test.each(current)('%s is written again byte for byte', (_title, encoded) => {
  const again = encodeEvent(decodeEvent(encoded));
  expect(canonicalJson(again.payload)).toBe(canonicalJson(encoded.payload));
  expect({ ...again, payload: null }).toEqual({ ...encoded, payload: null });
});

test.each(EVENT_TYPES)('%s has a golden file for every version that logs may hold', (type) => {
  for (let version = 1; version <= schemaVersionOf(type); version += 1) {
    expect(names).toContain(`${type}.v${version}.json`);
  }
});

test.each(names)('%s is named after what it holds', (name) => {
  const file = files.get(name);
  expect(name).toBe(`${file?.type ?? ''}.v${file?.schemaVersion ?? 0}.json`);
  expect(file?.events.length).toBeGreaterThan(0);
});
