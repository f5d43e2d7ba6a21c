import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { onCommandLine } from './command-line';

const CAUGHT_UP_WITHIN_MS = 60_000;
const POLL_MS = 500;

const reportSchema = z.object({
  findings: z.array(z.looseObject({ check: z.string() })),
});

type AuditFinding = z.infer<typeof reportSchema>['findings'][number];

/**
 * What an audit of the whole log, as an operator runs it, finds. Read models follow the log at some distance, further on a
 * busy machine than the audit waits for them: what it says of them alone counts only when it stays.
 */
export async function auditFindings(dataDir: string): Promise<readonly AuditFinding[]> {
  const untilMs = Date.now() + CAUGHT_UP_WITHIN_MS;
  for (;;) {
    const { code, out, said } = await onCommandLine('audit', 'verify', '--json', '--data', dataDir);
    if (out === '') throw new Error(`the audit ended with ${code}: ${said}`);
    const { findings } = reportSchema.parse(JSON.parse(out));
    const mayPass = findings.every(({ check }) => check === 'readModels');
    if (code === 0 || !mayPass || Date.now() > untilMs) return findings;
    await sleep(POLL_MS);
  }
}
