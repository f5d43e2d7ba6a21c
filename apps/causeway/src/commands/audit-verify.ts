import { writeFileSync } from 'node:fs';
import { readKeyFiles } from '../audit/audit-key';
import { describeReport } from '../audit/audit-report';
import { ReadingProgress } from '../audit/progress';
import { verifyDatabase } from '../audit/verify-database';
import type { Shell } from '../shell';
import { withStore, type StoreOptions } from '../store/open-store';

export interface VerifyOptions extends StoreOptions {
  readonly ledger?: string;
  readonly out?: string;
  readonly key: readonly string[];
  readonly tmp?: string;
  readonly json?: boolean;
}

/** `causeway audit verify`: reads the whole log and checks everything that can be checked about it. */
export async function auditVerify(options: VerifyOptions, shell: Shell): Promise<void> {
  const pinned = readKeyFiles(options.key);
  let progress: ReadingProgress | undefined;
  const report = await withStore(options, shell, (dataSource) =>
    verifyDatabase(dataSource, {
      pinned,
      ledger: options.ledger,
      onProgress: (events, total) => {
        progress ??= new ReadingProgress(process.stderr, total);
        progress.show(events);
      },
      ...(options.tmp === undefined ? {} : { spill: { directory: options.tmp } }),
    }),
  );
  progress?.end();
  if (options.out !== undefined) writeReport(options.out, report);
  if (options.json === true) shell.print(JSON.stringify(report));
  else for (const line of describeReport(report)) shell.print(line);
  if (report.result === 'findings') process.exitCode = 1;
}

export function writeReport(file: string, report: unknown): void {
  writeFileSync(file, `${JSON.stringify(report, undefined, 2)}\n`);
}
