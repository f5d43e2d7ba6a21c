import { resolve } from 'node:path';
import { loadConfiguration } from '#platform';
import { ConsoleClient } from './console-client';
import type { Shell } from './shell';
import { readRunningConnector } from './supervisor/run-files';

/** Where a command finds the console and how it gets in. */
export interface ConsoleOptions {
  readonly consoleUrl?: string;
  readonly token?: string;
  readonly config?: string;
  readonly data: string;
}

/** Nobody said where the console is, or what to present there. */
export class NoConsoleError extends Error {
  override readonly name = 'NoConsoleError';
}

/**
 * Explicit options first, then CAUSEWAY_CONSOLE_TOKEN, then the configuration file, then what the
 * connector that runs on the data directory has left for us.
 * @throws NoConsoleError, ConfigurationError
 */
export function openConsole(options: ConsoleOptions, shell: Shell): ConsoleClient {
  const running = readRunningConnector(resolve(options.data));
  const configured = options.config === undefined ? undefined : configuredConsole(options, shell);
  const url = options.consoleUrl ?? configured?.url ?? running?.console;
  const token =
    options.token ?? shell.env.CAUSEWAY_CONSOLE_TOKEN ?? configured?.token ?? running?.consoleToken;
  if (url === undefined || url === '') {
    throw new NoConsoleError(
      `no console found: no connector runs on ${resolve(options.data)} (see --data), ` +
        'and neither --console-url nor --config says where it is',
    );
  }
  if (!isHttp(url)) throw new NoConsoleError(`--console-url: ${url} is no http:// or https:// URL`);
  if (token === undefined || token === '') {
    throw new NoConsoleError(`no token for ${url}: give --token or CAUSEWAY_CONSOLE_TOKEN`);
  }
  return new ConsoleClient(url, token);
}

function configuredConsole(
  { config }: ConsoleOptions,
  { env }: Shell,
): { readonly url: string | undefined; readonly token: string } {
  const file = config === undefined ? undefined : resolve(config);
  const { listen, token } = loadConfiguration({ file, env }).console;
  // A free port is known only to the connector that took it.
  return { url: listen.port === 0 ? undefined : urlOf(listen), token };
}

/** Whoever listens everywhere is reached on loopback. */
function urlOf({ host, port }: { readonly host: string; readonly port: number }): string {
  const reached = { '0.0.0.0': '127.0.0.1', '::': '::1' }[host] ?? host;
  return `http://${reached.includes(':') ? `[${reached}]` : reached}:${port}`;
}

function isHttp(url: string): boolean {
  return URL.canParse(url) && ['http:', 'https:'].includes(new URL(url).protocol);
}
