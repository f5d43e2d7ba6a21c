import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { inRepository } from '../../apps/causeway/src/demo/repository';
import { cleanEnvironment } from '../support/running-connector';

const run = promisify(execFile);
const OVER_WITHIN_MS = 240_000;
const WITHIN_MS = 300_000;

/** Small enough to be over soon; figures of such a run say nothing, and none is judged. */
const SMALLEST: [name: string, order: Readonly<Record<string, number>>][] = [
  ['gateway', { idle: 5, silent: 5, payments: 20, window: 4, rounds: 1 }],
  ['ledger', { payments: 100, ledgers: 2, runs: 1, batch: 64 }],
  ['memory', { transfers: 200, ledgers: 2, seconds: 1, repeats: 5, payments: 5 }],
  ['payments', { payments: 50, window: 8, runs: 1 }],
  ['quote', { quotes: 40, routes: 3, window: 4, runs: 1 }],
  ['replay', { payments: 200, ledgers: 2, runs: 1 }],
  ['routing', { lookups: 20, historic: 2, runs: 1 }],
];

describe('every benchmark still runs, and says on which machine', () => {
  it.each(SMALLEST)(
    '%s',
    async (name, order) => {
      const options = Object.entries(order).flatMap(([option, count]) => [
        `--${option}`,
        String(count),
      ]);
      const runner = inRepository('test', 'support', 'run-typescript.cjs');
      const program = inRepository('bench', name, 'main.ts');
      const { stdout } = await run(process.execPath, [runner, program, ...options], {
        cwd: inRepository(),
        env: cleanEnvironment(),
        timeout: OVER_WITHIN_MS,
      });
      expect(stdout).toMatch(/\d+ x .* GiB, Node v\d+/);
    },
    WITHIN_MS,
  );
});
