import { readSigningKey, SigningKeyError } from '#platform';
import { locateKeyFile } from '../audit/audit-key';
import { exportLog } from '../audit/export-log';
import { ReadingProgress } from '../audit/progress';
import { parseUntil, type Until } from '../replay/until';
import type { Shell } from '../shell';
import { withStore, type StoreOptions } from '../store/open-store';

export interface ExportOptions extends StoreOptions {
  readonly out: string;
  readonly ledger: readonly string[];
  readonly from?: string;
  readonly until?: string;
  readonly json?: boolean;
}

/** `causeway audit export`: a file that a third party can check without us. */
export async function auditExportLog(options: ExportOptions, shell: Shell): Promise<void> {
  const range = { from: bound('--from', options.from), until: bound('--until', options.until) };
  const key = signingKey(options, shell);
  let progress: ReadingProgress | undefined;
  const summary = await withStore(options, shell, (dataSource) =>
    exportLog(dataSource, {
      out: options.out,
      ledgers: options.ledger,
      ...range,
      key,
      onProgress: (events, total) => {
        progress ??= new ReadingProgress(process.stderr, total);
        progress.show(events);
      },
    }),
  );
  progress?.end();
  if (options.json === true) shell.print(JSON.stringify(summary));
  else {
    const { file, events, ledgers, sha256 } = summary;
    shell.print(`${file}: ${events} events of ${ledgers} ledgers`);
    shell.print(`sha256 ${sha256}`);
    shell.print(`signed by key ${summary.key}`);
  }
}

function bound(option: string, text: string | undefined): Until | undefined {
  return text === undefined ? undefined : parseUntil(text, option);
}

function signingKey(options: ExportOptions, shell: Shell) {
  const file = locateKeyFile(options, shell);
  const key = readSigningKey(file);
  if (key !== undefined) return key;
  throw new SigningKeyError(
    `an export is signed, but there is no key at ${file}: a running connector makes it (audit.keyFile)`,
  );
}
