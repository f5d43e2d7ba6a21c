import { execFile } from 'node:child_process';
import { inRepository } from '../../apps/causeway/src/demo/repository';
import { cleanEnvironment } from './running-connector';

export interface Said {
  readonly code: number;
  /** With what it said on stderr, where it failed. */
  readonly stdout: string;
}

/** The command line of an operator, as a process of its own. */
export function onCommandLine(...words: string[]): Promise<Said> {
  return new Promise((resolve) => {
    const args = [inRepository('bin', 'causeway.cjs'), ...words];
    execFile(process.execPath, args, { env: cleanEnvironment() }, (error, stdout, stderr) => {
      const code = typeof error?.code === 'number' ? error.code : error === null ? 0 : -1;
      resolve({ code, stdout: stdout + (code === 0 ? '' : stderr) });
    });
  });
}
