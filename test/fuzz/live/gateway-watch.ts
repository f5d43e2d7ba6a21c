import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { residentMebibytes } from '../../support/resident-memory';
import type { Tally } from '../tally';

const SAMPLE_EVERY_MS = 250;
const ERRORS = new Set(['error', 'fatal']);
const LONGEST_QUOTED = 1_500;
const FATAL_WORDS = /unhandled|uncaught|fatal|out of memory/i;

const lineSchema = z.object({
  level: z.string(),
  service: z.string().default('supervisor'),
  msg: z.string().default('no message'),
});

/** MiB that the kernel counts for one process, over time. */
export class MemoryWatch {
  readonly start: number;
  peak: number;
  private readonly timer: NodeJS.Timeout;

  constructor(private readonly pid: number) {
    this.start = residentMebibytes(pid) ?? 0;
    this.peak = this.start;
    this.timer = setInterval(() => {
      this.now();
    }, SAMPLE_EVERY_MS);
    this.timer.unref();
  }

  /** undefined when the process is gone. */
  now(): number | undefined {
    const resident = residentMebibytes(this.pid);
    if (resident !== undefined) this.peak = Math.max(this.peak, resident);
    return resident;
  }

  stop(): void {
    clearInterval(this.timer);
  }
}

/**
 * Counts what all services logged as warnings; every kind of error, and any last words of a process,
 * are a violation.
 */
export function judgeLog(
  file: string,
  warnings: Tally,
  violate: (violation: string) => void,
): void {
  for (const line of readFileSync(file, 'utf8').split('\n')) {
    const entry = parsed(line);
    if (entry === undefined) {
      if (FATAL_WORDS.test(line)) violate(`in the log: ${line.slice(0, LONGEST_QUOTED)}`);
      continue;
    }
    const { level, service, msg } = entry;
    if (level !== 'warn' && !ERRORS.has(level)) continue;
    const what = `${service}, ${level}: ${msg}`;
    if (level !== 'warn' && warnings.of(what) === 0) {
      violate(`in the log: ${line.slice(0, LONGEST_QUOTED)}`);
    }
    warnings.add(what);
  }
}

function parsed(line: string): z.infer<typeof lineSchema> | undefined {
  try {
    return lineSchema.safeParse(JSON.parse(line)).data;
  } catch {
    return undefined;
  }
}
