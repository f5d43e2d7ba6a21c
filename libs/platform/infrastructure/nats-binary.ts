import { realpathSync } from 'node:fs';
import { join } from 'node:path';
import { searchPath } from './host-environment';
import { InfrastructureError } from './infrastructure-error';
import { outputAs } from './server-account';

export interface NatsInstallation {
  readonly command: string;
  readonly version: string;
  /** Where it comes from, for people. */
  readonly origin: string;
}

/** JetStream as we use it (consumer filters, KV, direct get) is complete since 2.9. */
export const OLDEST_NATS_VERSION = '2.9.0';

/** Debian puts it into /usr/sbin, which is not on everybody's PATH. */
export function usualNatsDirectories(): string[] {
  return [...searchPath(), '/usr/sbin', '/usr/local/bin', '/opt/homebrew/bin', '/usr/local/sbin'];
}

/**
 * The first `nats-server` in these directories that runs and is new enough.
 *
 * @returns undefined when there is none at all.
 * @throws InfrastructureError `NatsTooOld` when all there are are too old.
 */
export function findNatsServer(
  directories: readonly string[] = usualNatsDirectories(),
): NatsInstallation | undefined {
  const tooOld: NatsInstallation[] = [];
  for (const command of candidates(directories)) {
    const version = natsVersion(command);
    if (version === undefined) continue;
    const found = { command, version, origin: command };
    if (isNatsNewEnough(version)) return found;
    tooOld.push(found);
  }
  const [first] = tooOld;
  if (first === undefined) return undefined;
  throw new InfrastructureError(
    'NatsTooOld',
    `${first.command} is nats-server ${first.version}, and ${OLDEST_NATS_VERSION} or later is needed`,
  );
}

/** Compares major and minor: `2.9.10`, `v2.12.0-beta.1`. A text without a version is not new enough. */
export function isNatsNewEnough(version: string): boolean {
  const [, major, minor] = /^v?(\d+)\.(\d+)/.exec(version) ?? [];
  if (major === undefined || minor === undefined) return false;
  return Number(major) > 2 || (Number(major) === 2 && Number(minor) >= 9);
}

/** A directory that we may not enter holds nothing for us. */
function candidates(directories: readonly string[]): string[] {
  const files = directories.flatMap((directory) => {
    try {
      return [realpathSync(join(directory, 'nats-server'))];
    } catch {
      return [];
    }
  });
  return [...new Set(files)];
}

function natsVersion(command: string): string | undefined {
  const answer = outputAs(undefined, command, ['--version']);
  return answer === undefined ? undefined : /v(\d+\.\d+\S*)/.exec(answer)?.[1];
}
