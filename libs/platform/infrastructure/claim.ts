import { randomBytes, randomInt } from 'node:crypto';
import { mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { InfrastructureError } from './infrastructure-error';
import { identityOf, isRunning, type ProcessIdentity } from './process-identity';

/** The right of one process, and of those it names, to use a server's directory. */
export interface Claim {
  /** Holds the claim as long as this process runs, also when we are gone. */
  extendTo(pid: number): void;
  release(): void;
}

/** `held`: the claimant itself runs. Otherwise only its keeper does, which is about to end. */
interface OtherClaim {
  readonly held: boolean;
  readonly running: readonly number[];
}

/** A claimant that runs will not let go; this is only for two that begin at the same moment. */
const HELD_MS = 1500;

/**
 * Claims what `directory` stands for. Every claimant writes its own file first and looks at the others afterwards,
 * so of two at once at least one sees the other, and nobody ever has to take a stale lock away from somebody: a
 * file whose processes are gone simply does not count. A holder that is just stopping is waited for.
 *
 * @throws InfrastructureError `DataDirectoryInUse` when somebody else still holds it after `patienceMs`.
 */
export async function claimDirectory(directory: string, patienceMs = 20_000): Promise<Claim> {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const began = Date.now();
  for (;;) {
    const claim = writeClaim(directory);
    const others = otherClaims(directory, claim.file);
    if (others.length === 0) return claim;
    claim.release();
    const waitMs = others.some((other) => other.held) ? Math.min(patienceMs, HELD_MS) : patienceMs;
    if (Date.now() - began > waitMs) throw inUse(directory, others);
    await sleep(randomInt(20, 120));
  }
}

function inUse(directory: string, others: readonly OtherClaim[]): InfrastructureError {
  const pids = [...new Set(others.flatMap((other) => other.running))].join(', ');
  return new InfrastructureError(
    'DataDirectoryInUse',
    `${directory.replace(/\.claims$/, '')} is in use by process ${pids}: stop it or choose another data directory`,
  );
}

function writeClaim(directory: string): Claim & { file: string } {
  const file = join(directory, `${process.pid}-${randomBytes(6).toString('hex')}`);
  const processes: ProcessIdentity[] = [];
  const extendTo = (pid: number): void => {
    const identity = identityOf(pid);
    if (identity !== undefined) processes.push(identity);
    writeFileSync(`${file}.new`, JSON.stringify(processes), { mode: 0o600 });
    renameSync(`${file}.new`, file);
  };
  extendTo(process.pid);
  return {
    file,
    extendTo,
    release: () => {
      rmSync(file, { force: true });
    },
  };
}

function otherClaims(directory: string, own: string): OtherClaim[] {
  const files = readdirSync(directory)
    .map((name) => join(directory, name))
    .filter((file) => file !== own && !file.endsWith('.new'));
  return files.flatMap((file) => {
    const [claimant, ...further] = claimants(file);
    const held = claimant !== undefined && isRunning(claimant);
    const running = further.filter(isRunning).map((identity) => identity.pid);
    if (held) return { held, running: [claimant.pid, ...running] };
    if (running.length > 0) return { held, running };
    rmSync(file, { force: true });
    return [];
  });
}

function claimants(file: string): ProcessIdentity[] {
  try {
    const content: unknown = JSON.parse(readFileSync(file, 'utf8'));
    return Array.isArray(content) ? content.filter(isIdentity) : [];
  } catch {
    return [];
  }
}

function isIdentity(value: unknown): value is ProcessIdentity {
  return typeof value === 'object' && value !== null && 'pid' in value && 'began' in value;
}
