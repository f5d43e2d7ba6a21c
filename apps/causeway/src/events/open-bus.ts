import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { BusConnection } from '#messaging';
import { loadConfiguration, startNats } from '#platform';
import type { Shell } from '../shell';
import type { StoreOptions } from '../store/open-store';
import { readRunningConnector } from '../supervisor/run-files';

/** There is no nats-server to be found. */
export class NoBusFoundError extends Error {
  override readonly name = 'NoBusFoundError';
}

interface Located {
  readonly url: string;
  release(): Promise<void>;
}

/**
 * Connects to the bus that belongs to the log, does the work and lets go of everything again: a
 * given URL, the running connector's, or that of a data directory at rest.
 * @throws NoBusFoundError, BusUnreachableError
 */
export async function withBus<T>(
  options: StoreOptions,
  shell: Shell,
  work: (bus: BusConnection) => Promise<T>,
): Promise<T> {
  const located = await locate(options, shell);
  try {
    const bus = await BusConnection.connect({ url: located.url, name: 'causeway-cli' });
    try {
      return await work(bus);
    } finally {
      await bus.drain();
    }
  } finally {
    await located.release();
  }
}

async function locate(options: StoreOptions, shell: Shell): Promise<Located> {
  const dataDir = resolve(options.data);
  const given = configuredUrl(options, shell) ?? readRunningConnector(dataDir)?.natsUrl;
  if (given !== undefined) return { url: given, release: () => Promise.resolve() };
  if (!existsSync(join(dataDir, 'nats'))) {
    throw new NoBusFoundError(
      `no nats-server found: NATS_URL is not set, and none ever ran on ${dataDir} (see --data)`,
    );
  }
  shell.note(`no connector runs on ${dataDir}: starting its nats-server for this command`);
  const nats = await startNats({
    dataDir,
    log: (line) => {
      shell.note(line);
    },
  });
  return { url: nats.url, release: () => nats.stop() };
}

function configuredUrl({ config }: StoreOptions, shell: Shell): string | undefined {
  if (config === undefined) return shell.env.NATS_URL;
  return loadConfiguration({ file: resolve(config), env: shell.env }).natsUrl;
}
