import { describeReport } from '../audit/audit-report';
import { readKeyFiles } from '../audit/audit-key';
import { auditExport } from '../audit/export-audit';
import { loadExport } from '../audit/export-load';
import { ExportFaultError } from '../audit/export-lines';
import { ReadingProgress } from '../audit/progress';
import type { Shell } from '../shell';
import { writeReport } from './audit-verify';

export interface ImportOptions {
  readonly key: readonly string[];
  readonly database?: string;
  readonly out?: string;
  readonly tmp?: string;
  readonly json?: boolean;
}

/** `causeway audit import FILE`: checks an export by itself; on request loads it for analysis. */
export async function auditImport(
  file: string,
  options: ImportOptions,
  shell: Shell,
): Promise<void> {
  const pinned = readKeyFiles(options.key);
  let progress: ReadingProgress | undefined;
  try {
    const audited = await auditExport(file, {
      pinned,
      onProgress: (events, total) => {
        progress ??= new ReadingProgress(process.stderr, total);
        progress.show(events);
      },
      ...(options.tmp === undefined ? {} : { spill: { directory: options.tmp } }),
    });
    progress?.end();
    if (options.database !== undefined) await loadExport(file, audited, options.database);
    const { report } = audited;
    if (options.out !== undefined) writeReport(options.out, report);
    if (options.json === true) shell.print(JSON.stringify(report));
    else for (const line of describeReport(report)) shell.print(line);
    if (options.database !== undefined) shell.note('loaded; its read models are empty');
    if (report.result === 'findings') process.exitCode = 1;
  } catch (error) {
    progress?.end();
    if (!(error instanceof ExportFaultError)) throw error;
    tellFault(error, options, shell);
  }
}

function tellFault(fault: ExportFaultError, options: ImportOptions, shell: Shell): void {
  const { file, line, rule, expected, found } = fault;
  if (options.json === true) {
    shell.print(JSON.stringify({ result: 'fault', file, line, rule, expected, found }));
  } else {
    shell.print(fault.message);
  }
  process.exitCode = 1;
}
