import { existsSync, readFileSync, statSync } from 'node:fs';

/** Where the log ends now, in bytes: what is written from here on is about the run that follows. */
export function logSize(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}

/** What was logged from byte `from` on; the keeper may have begun a new file, then all of that. */
export function logSince(file: string, from: number): string {
  if (!existsSync(file)) return '';
  const content = readFileSync(file);
  return content.subarray(from <= content.length ? from : 0).toString('utf8');
}

/** The last line that says why, for an error of one line. */
export function lastComplaint(file: string, from: number): string {
  const lines = logSince(file, from)
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  const complaints = lines.filter((line) =>
    /\b(FATAL|PANIC|FTL|ERR|error|could not)\b/i.test(line),
  );
  return complaints.at(-1) ?? lines.at(-1) ?? 'it said nothing';
}
