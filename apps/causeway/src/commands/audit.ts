import { InvalidArgumentError, type Command } from 'commander';
import type { Shell } from '../shell';
import type { DiffOptions } from './audit-diff';
import type { ExportOptions } from './audit-export';
import type { ImportOptions } from './audit-import';
import type { KeyOptions } from './audit-key';
import type { PriceOptions } from './audit-price';
import type { VerifyOptions } from './audit-verify';

/** The auditor's commands. Exit codes: 0 clean or equal, 1 findings or different, 2 could not run. */
const CANNOT_RUN = 2;

type WithStore = (name: string, description: string, under: Command) => Command;

/** Adds `causeway audit …`. `withStore` gives a command the options by which it finds the log. */
export function auditCommands(causeway: Command, shell: Shell, withStore: WithStore): void {
  const audit = causeway
    .command('audit')
    .description('prove the books: verify, price, export, import and compare the log')
    // Inherited by the commands below it: words that are none are no finding either.
    .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : CANNOT_RUN));
  addVerify(audit, shell, withStore);
  addPrice(audit, shell, withStore);
  addExport(audit, shell, withStore);
  addImport(audit, shell);
  addDiff(audit, shell, withStore);
  withStore('key', 'the public keys that heads and exports are signed with', audit).action(
    (options: KeyOptions) =>
      guarded(shell, async () => (await import('./audit-key.js')).auditKey(options, shell)),
  );
}

function addVerify(audit: Command, shell: Shell, withStore: WithStore): void {
  withStore('verify', 'check everything that can be checked about the log', audit)
    .option('--ledger <id>', 'this ledger only')
    .option('--out <file>', 'write the report as JSON, to be filed')
    .option(
      '--key <file>',
      'public key (PEM) that heads must be signed by; repeatable',
      collect,
      [],
    )
    .option('--tmp <dir>', 'where large logs are sorted; the system chooses by default')
    .action((options: VerifyOptions) =>
      guarded(shell, async () => (await import('./audit-verify.js')).auditVerify(options, shell)),
    );
}

function addPrice(audit: Command, shell: Shell, withStore: WithStore): void {
  withStore('price', 'price payments again, from the log alone', audit)
    .option('--transfer <id>', 'the payment that this transfer is one half of')
    .option('--ledger <id>', 'the ledger of the transfer; with --all, the one payments came in on')
    .option('--all', 'every payment of the log: a count, and those whose price differs')
    .option('--since <time>', 'with --all: those that came in at this ISO 8601 time or later')
    .action((options: PriceOptions) =>
      guarded(shell, async () => (await import('./audit-price.js')).auditPrice(options, shell)),
    );
}

function addExport(audit: Command, shell: Shell, withStore: WithStore): void {
  withStore('export', 'write the log to a file that proves itself', audit)
    .requiredOption('--out <file>', 'NDJSON; gzip if it ends in .gz')
    .option('--ledger <id>', 'this ledger only; repeatable', collect, [])
    .option('--from <version|time>', 'from a version of each ledger, or an ISO 8601 time')
    .option('--until <version|time>', 'up to a version of each ledger, or an ISO 8601 time')
    .action((options: ExportOptions) =>
      guarded(shell, async () =>
        (await import('./audit-export.js')).auditExportLog(options, shell),
      ),
    );
}

function addImport(audit: Command, shell: Shell): void {
  audit
    .command('import')
    .description('check an export, offline and by itself')
    .argument('<file>', 'the export')
    .option('--key <file>', 'public key (PEM) that it must be signed by; repeatable', collect, [])
    .option('--database <url>', 'load it into this empty PostgreSQL database')
    .option('--out <file>', 'write the report as JSON')
    .option('--json', 'the report as JSON')
    .option('--tmp <dir>', 'where large logs are sorted; the system chooses by default')
    .action((file: string, options: ImportOptions) =>
      guarded(shell, async () =>
        (await import('./audit-import.js')).auditImport(file, options, shell),
      ),
    );
}

function addDiff(audit: Command, shell: Shell, withStore: WithStore): void {
  withStore('diff', 'compare the two sides of a ledger: ours and the peer’s', audit)
    .argument('<files...>', 'exports: ours and theirs, or theirs alone beside --ledger')
    .option('--ledger <id>', 'our side is this ledger of our log')
    .option('--our-ledger <id>', 'the ledger in our export, where it holds several')
    .option('--their-ledger <id>', 'the ledger in their export, where it holds several')
    .option(
      '--key <file>',
      'public key (PEM) that exports must be signed by; repeatable',
      collect,
      [],
    )
    .action((files: string[], options: DiffOptions) =>
      guarded(shell, async () =>
        (await import('./audit-diff.js')).auditDiff(files, options, shell),
      ),
    );
}

/** Whatever keeps a command from its work is told apart from what the work found. */
async function guarded(shell: Shell, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    const isMistake = error instanceof TypeError || error instanceof RangeError;
    const text = error instanceof Error ? (isMistake ? error.stack : error.message) : undefined;
    shell.note(text ?? String(error));
    process.exitCode = CANNOT_RUN;
  }
}

function collect(value: string, previous: readonly string[]): string[] {
  if (value === '') throw new InvalidArgumentError('must not be empty');
  return [...previous, value];
}
