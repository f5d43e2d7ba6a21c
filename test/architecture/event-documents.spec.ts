import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  EVENT_DOCUMENTS,
  eventDocuments,
  extended,
  PromiseBrokenError,
  readLock,
} from '../support/event-documents';

describe('docs/events', () => {
  it('is what the registry says; if not: npm run docs:events', () => {
    const written = eventDocuments(readLock());
    const checkedIn = new Map(
      readdirSync(EVENT_DOCUMENTS).map((name) => [
        name,
        readFileSync(join(EVENT_DOCUMENTS, name), 'utf8'),
      ]),
    );
    expect([...checkedIn.keys()].sort()).toEqual([...written.keys()].sort());
    for (const [name, text] of written)
      expect({ [name]: checkedIn.get(name) }).toEqual({ [name]: text });
  });

  it('locks every version', () => {
    const versions = readdirSync(EVENT_DOCUMENTS).flatMap(
      (name) => /^(.*\.v\d+)\.json$/.exec(name)?.slice(1) ?? [],
    );
    expect(Object.keys(readLock()).sort()).toEqual(versions.sort());
  });
});

describe('docs/events.md', () => {
  it('names every type of event', () => {
    const guide = readFileSync(join(EVENT_DOCUMENTS, '..', 'events.md'), 'utf8');
    const types = Object.keys(readLock()).map((version) => version.replace(/\.v\d+$/, ''));
    const events = types.filter((type) => !type.endsWith('CloudEvent'));
    expect(events.filter((type) => !guide.includes(`\`${type}\``))).toEqual([]);
  });
});

describe('the lock', () => {
  const lock = { 'A.v1': 'one', 'B.v1': 'two' };

  it('takes a new version, and keeps the old ones', () => {
    const now = new Map([...Object.entries(lock), ['A.v2', 'three'] as const]);
    expect(extended(lock, now)).toEqual({ ...lock, 'A.v2': 'three' });
  });

  it.each([
    ['changed', new Map([...Object.entries(lock), ['A.v1', 'other']])],
    ['went', new Map([['B.v1', 'two']])],
  ])('does not take it that a version %s', (_how, now) => {
    expect(() => extended(lock, now)).toThrow(PromiseBrokenError);
  });
});
