import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { asyncApi, schemaDigest, schemaDocuments } from '#contracts';

/** Where the checked-in catalogue of events lies. */
export const EVENT_DOCUMENTS = join(__dirname, '..', '..', 'docs', 'events');
const LOCK = 'versions.lock.json';

/** Digest by type and version, of everything that was ever promised. */
export type VersionLock = Readonly<Record<string, string>>;

/** A version that subscribers rely on would say something else. */
export class PromiseBrokenError extends Error {
  override readonly name = 'PromiseBrokenError';
}

export function readLock(): VersionLock {
  return JSON.parse(readFileSync(join(EVENT_DOCUMENTS, LOCK), 'utf8')) as VersionLock;
}

/** By file name, what `docs/events` has to hold for this lock. @throws PromiseBrokenError */
export function eventDocuments(lock: VersionLock): ReadonlyMap<string, string> {
  const documents = schemaDocuments();
  const files = [...documents].map(([name, schema]): [string, string] => [
    `${name}.json`,
    asFile(schema),
  ]);
  const digests = [...documents].map(([name, schema]): [string, string] => [
    name,
    schemaDigest(schema),
  ]);
  return new Map([
    ...files,
    ['asyncapi.yaml', asyncApi()],
    [LOCK, asFile(extended(lock, new Map(digests)))],
  ]);
}

/** The lock with what is new; what is in it already stays as it is. @throws PromiseBrokenError */
export function extended(lock: VersionLock, digests: ReadonlyMap<string, string>): VersionLock {
  for (const [name, digest] of Object.entries(lock)) {
    const now = digests.get(name);
    if (now === digest) continue;
    const how = now === undefined ? 'is gone' : 'has changed';
    throw new PromiseBrokenError(`${name} ${how}: leave it as it was and add a version`);
  }
  return { ...lock, ...Object.fromEntries(digests) };
}

function asFile(content: object): string {
  return `${JSON.stringify(content, undefined, 2)}\n`;
}
