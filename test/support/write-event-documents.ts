import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { EVENT_DOCUMENTS, eventDocuments, readLock } from './event-documents';

/** `npm run docs:events`: writes `docs/events` anew from the registry, and removes what is left over. */
mkdirSync(EVENT_DOCUMENTS, { recursive: true });
const lock = existsSync(join(EVENT_DOCUMENTS, 'versions.lock.json')) ? readLock() : {};
const files = eventDocuments(lock);
for (const name of readdirSync(EVENT_DOCUMENTS)) {
  if (!files.has(name)) rmSync(join(EVENT_DOCUMENTS, name));
}
for (const [name, text] of files) writeFileSync(join(EVENT_DOCUMENTS, name), text);
process.stderr.write(`docs/events: ${files.size} files\n`);
