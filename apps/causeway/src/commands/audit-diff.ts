import type { DataSource } from 'typeorm';
import { readKeyFiles } from '../audit/audit-key';
import { comparisonJson, describeComparison } from '../audit/comparison-report';
import { compareLedgers, type Comparison, type SideSource } from '../audit/ledger-comparison';
import type { Shell } from '../shell';
import { withStore, type StoreOptions } from '../store/open-store';

export interface DiffOptions extends StoreOptions {
  readonly ledger?: string;
  readonly ourLedger?: string;
  readonly theirLedger?: string;
  readonly key: readonly string[];
  readonly json?: boolean;
}

/** What is to be compared was not said, or said twice. */
export class SidesError extends Error {
  override readonly name = 'SidesError';
}

/** `causeway audit diff`: what two connectors say of the ledger between them. */
export async function auditDiff(
  files: readonly string[],
  options: DiffOptions,
  shell: Shell,
): Promise<void> {
  const comparison = await compare(files, options, shell);
  if (options.json === true) shell.print(JSON.stringify(comparisonJson(comparison)));
  else for (const line of describeComparison(comparison)) shell.print(line);
  if (!comparison.isEqual) process.exitCode = 1;
}

function compare(
  files: readonly string[],
  options: DiffOptions,
  shell: Shell,
): Promise<Comparison> {
  const pinned = readKeyFiles(options.key);
  const { ledger, ourLedger, theirLedger } = options;
  const [first, second, ...more] = files;
  if (first === undefined || more.length > 0 || (second === undefined) !== (ledger !== undefined)) {
    throw new SidesError('name two exports, or one export and --ledger for our side');
  }
  if (second !== undefined) {
    return compareLedgers({
      ours: exportSide(first, ourLedger),
      theirs: exportSide(second, theirLedger),
      pinned,
    });
  }
  return withStore(options, shell, (dataSource: DataSource) =>
    compareLedgers({
      ours: { kind: 'database', dataSource, ledger: ledger ?? '' },
      theirs: exportSide(first, theirLedger),
      pinned,
    }),
  );
}

function exportSide(file: string, ledger: string | undefined): SideSource {
  return { kind: 'export', file, ledger };
}
