import { Command } from 'commander';
import type { Shell } from '../src/shell';

/** What a command has left behind. */
export interface CommandRun {
  /** Lines on standard output. */
  readonly out: string[];
  /** Lines on standard error. */
  readonly notes: string[];
  readonly exitCode: typeof process.exitCode;
}

/**
 * Runs a command line in this process, without its environment; what it would do to the exit code is undone.
 * @param add gives `causeway` the commands there are
 * @throws whatever the command throws, and commander's error for words that are none
 */
export async function runCommand(
  add: (causeway: Command, shell: Shell) => void,
  words: readonly string[],
): Promise<CommandRun> {
  const [out, notes]: [string[], string[]] = [[], []];
  const shell: Shell = {
    env: {},
    print: (line) => void out.push(line),
    note: (line) => void notes.push(line),
  };
  // Subcommands inherit both.
  const causeway = new Command('causeway')
    .exitOverride()
    .configureOutput({ writeErr: () => undefined });
  add(causeway, shell);
  const before = process.exitCode;
  process.exitCode = undefined;
  try {
    await causeway.parseAsync(words, { from: 'user' });
    return { out, notes, exitCode: process.exitCode };
  } finally {
    process.exitCode = before;
  }
}
