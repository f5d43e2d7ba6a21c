import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { loadConfiguration, processEnvironment } from '#platform';

/** What a program has to know of a connector in order to follow its events. */
export interface ConnectorAt {
  /** Its address with dashes for its dots. */
  readonly connector: string;
  readonly natsUrl: string;
  /** Of its console, as `http://127.0.0.1:7780`. */
  readonly consoleUrl: string;
  readonly token: string;
  /** The PostgreSQL that it runs on; a program makes a database of its own there, if at all. */
  readonly databaseUrl: string;
}

const runFile = z.object({
  natsUrl: z.string(),
  console: z.string(),
  databaseUrl: z.string(),
});

/** Reads it from the files of a connector that runs on this machine. */
export function connectorAt(files: {
  readonly config: string;
  readonly data: string;
}): ConnectorAt {
  const env = processEnvironment();
  const { connector, console } = loadConfiguration({ file: resolve(files.config), env });
  const running = readFileSync(join(resolve(files.data), 'run', 'connector.json'), 'utf8');
  const { natsUrl, console: consoleUrl, databaseUrl } = runFile.parse(JSON.parse(running));
  return { connector: connector.slug, natsUrl, consoleUrl, token: console.token, databaseUrl };
}
