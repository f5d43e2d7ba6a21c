import { readFileSync } from 'node:fs';
import type { ConfigurationProblem } from './configuration-error';
import { isReserved, NAMED_SETTINGS, PEER_SECRETS, peerVariable } from './environment-names';

export type Environment = Readonly<Record<string, string | undefined>>;

/** One value that replaces what the file says. */
export interface Assignment {
  readonly path: readonly (string | number)[];
  readonly value: string;
  /** Where the operator has to look when the value is wrong. */
  readonly origin: string;
}

export interface Reading {
  readonly assignments: Assignment[];
  readonly problems: ConfigurationProblem[];
}

/** The environment of this process; the one place that reads it for settings. */
export function processEnvironment(): Environment {
  // eslint-disable-next-line no-restricted-properties
  return process.env;
}

/**
 * What the environment sets. Empty variables count as absent. Unknown names with our prefix are
 * problems: a misspelt limit must not be silently without effect.
 */
export function readEnvironment(env: Environment, peerIds: readonly unknown[]): Reading {
  const reader = new EnvironmentReader(env);
  for (const { key, variable, secret } of NAMED_SETTINGS) {
    reader.take(key.split('.'), variable, secret);
  }
  peerIds.forEach((id, index) => {
    if (typeof id !== 'string') return;
    for (const key of PEER_SECRETS) reader.take(['peers', index, key], peerVariable(id, key), true);
  });
  reader.refuseUnknown();
  return reader;
}

class EnvironmentReader implements Reading {
  readonly assignments: Assignment[] = [];
  readonly problems: ConfigurationProblem[] = [];
  private readonly known = new Set<string>();

  constructor(private readonly env: Environment) {}

  take(path: readonly (string | number)[], variable: string, secret: boolean): void {
    this.known.add(variable);
    const direct = this.valueOf(variable);
    const file = secret ? this.valueOf(`${variable}_FILE`) : undefined;
    if (secret) this.known.add(`${variable}_FILE`);
    if (direct !== undefined && file !== undefined) {
      this.refuse(variable, `must not be set together with ${variable}_FILE`);
    } else if (direct !== undefined) {
      this.assignments.push({ path, value: direct, origin: `environment ${variable}` });
    } else if (file !== undefined) {
      this.takeFile(path, `${variable}_FILE`, file);
    }
  }

  refuseUnknown(): void {
    for (const name of Object.keys(this.env).sort()) {
      if (!name.startsWith('CAUSEWAY_') || isReserved(name) || this.known.has(name)) continue;
      this.refuse(name, 'is not a known setting');
    }
  }

  private takeFile(path: readonly (string | number)[], variable: string, file: string): void {
    try {
      const value = readFileSync(file, 'utf8').replace(/\r?\n$/, '');
      this.assignments.push({ path, value, origin: `environment ${variable}` });
    } catch {
      this.refuse(variable, `names a file that cannot be read: ${file}`);
    }
  }

  private valueOf(name: string): string | undefined {
    const value = this.env[name];
    return value === '' ? undefined : value;
  }

  private refuse(name: string, rule: string): void {
    this.problems.push({ file: 'environment', key: name, rule });
  }
}
