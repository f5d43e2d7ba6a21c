import { execFile } from 'node:child_process';
import { inRepository } from '../../apps/causeway/src/demo/repository';
import { cleanEnvironment } from './running-connector';

export interface Ran {
  readonly code: number;
  /** On standard output. */
  readonly out: string;
  /** On standard error. */
  readonly said: string;
}

/** The command line of an operator, as a process of its own. */
export function onCommandLine(...words: string[]): Promise<Ran> {
  return new Promise((resolve) => {
    const args = [inRepository('bin', 'causeway.cjs'), ...words];
    execFile(process.execPath, args, { env: cleanEnvironment() }, (error, out, said) => {
      const code = typeof error?.code === 'number' ? error.code : error === null ? 0 : -1;
      resolve({ code, out, said });
    });
  });
}
