import { execFile } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { inRepository } from './repository';

const SETTLE_WITHIN_MS = 10_000;
const SETTLE_EVERY_MS = 250;
const OUTPUT_BYTES = 16 * 1024 * 1024;

const replaySchema = z.object({
  events: z.number(),
  ledgers: z.array(z.object({ ledger: z.string(), version: z.number(), balance: z.string() })),
  matches: z.boolean(),
  chain: z.string(),
  problems: z.array(z.string()),
});

export type ReplayResult = z.infer<typeof replaySchema>;

const ledgerSchema = z.object({ ledger: z.string(), prefix: z.string(), balance: z.string() });

/** One command line program of ours, told where the log is. */
export interface CliOptions {
  readonly dataDir: string;
  readonly env: NodeJS.ProcessEnv;
}

/** Balances by ledger id as the read models have them now. */
export async function readBalances(options: CliOptions): Promise<Map<string, string>> {
  const output = await causeway(options, ['ledgers', '--json']);
  const rows = output
    .trim()
    .split('\n')
    .map((line) => ledgerSchema.parse(JSON.parse(line)));
  return new Map(rows.map((row) => [row.ledger, row.balance]));
}

/**
 * Folds the log from zero and compares with the read models. These follow the log at some distance, so a difference
 * counts only when it stays.
 */
export async function replayAndVerify(options: CliOptions): Promise<ReplayResult> {
  const untilMs = Date.now() + SETTLE_WITHIN_MS;
  for (;;) {
    const output = await causeway(options, ['replay', '--verify', '--json']);
    const result = replaySchema.parse(JSON.parse(output));
    if (result.matches || result.chain !== 'ok' || Date.now() > untilMs) return result;
    await sleep(SETTLE_EVERY_MS);
  }
}

/** Standard output, also when the exit code says that something is wrong: the output says what. */
function causeway({ dataDir, env }: CliOptions, words: readonly string[]): Promise<string> {
  const args = [inRepository('bin', 'causeway.cjs'), ...words, '--data', dataDir];
  return new Promise((resolve, reject) => {
    execFile(process.execPath, args, { env, maxBuffer: OUTPUT_BYTES }, (error, stdout, stderr) => {
      if (error !== null && stdout === '') {
        reject(new Error(`causeway ${words.join(' ')}: ${stderr.trim()}`, { cause: error }));
      } else resolve(stdout);
    });
  });
}
