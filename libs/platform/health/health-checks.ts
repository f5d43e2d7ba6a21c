import { withoutCredentials } from '../logging';

/**
 * Resolves when all is well, rejects with the reason when not. An object that it resolves with is
 * shown as `detail`.
 */
export type HealthCheck = () => Promise<unknown>;

export interface CheckResult {
  readonly ok: boolean;
  readonly tookMs: number;
  readonly reason?: string;
  readonly detail?: object;
}

export interface Readiness {
  readonly ready: boolean;
  readonly checks: Readonly<Record<string, CheckResult>>;
}

const CHECK_WITHIN_MS = 2_000;

interface Registered {
  readonly check: HealthCheck;
  readonly withinMs: number;
  /** A check that has not come back yet is not asked a second time. */
  running: Promise<CheckResult> | undefined;
}

/**
 * Whether this process can do its work. Checks are real round trips to what the service itself
 * needs; never to peers or rates, whose failure no restart of ours would heal.
 */
export class HealthChecks {
  private readonly checks = new Map<string, Registered>();
  private leaving = false;

  /** Names are unique; a check that takes longer than `withinMs` has failed. */
  register(name: string, check: HealthCheck, withinMs = CHECK_WITHIN_MS): void {
    if (this.checks.has(name)) throw new Error(`a health check named ${name} exists already`);
    this.checks.set(name, { check, withinMs, running: undefined });
  }

  /** From now on never ready again. */
  startDraining(): void {
    this.leaving = true;
  }

  get draining(): boolean {
    return this.leaving;
  }

  async readiness(): Promise<Readiness> {
    const named = [...this.checks].map(
      async ([name, registered]) => [name, await ask(registered)] as const,
    );
    const checks = Object.fromEntries(await Promise.all(named));
    const healthy = Object.values(checks).every(({ ok }) => ok);
    return { ready: healthy && !this.leaving, checks };
  }
}

async function ask(registered: Registered): Promise<CheckResult> {
  registered.running ??= run(registered);
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<CheckResult>((resolve) => {
    timer = setTimeout(() => {
      const reason = `no answer within ${registered.withinMs} ms`;
      resolve({ ok: false, tookMs: registered.withinMs, reason });
    }, registered.withinMs);
  });
  try {
    return await Promise.race([registered.running, late]);
  } finally {
    clearTimeout(timer);
  }
}

async function run(registered: Registered): Promise<CheckResult> {
  const started = performance.now();
  const tookMs = (): number => Math.round(performance.now() - started);
  try {
    const detail = await registered.check();
    return { ok: true, tookMs: tookMs(), ...(isDetail(detail) ? { detail } : {}) };
  } catch (error) {
    const reason = withoutCredentials(error instanceof Error ? error.message : String(error));
    return { ok: false, tookMs: tookMs(), reason };
  } finally {
    registered.running = undefined;
  }
}

function isDetail(result: unknown): result is object {
  return typeof result === 'object' && result !== null && !Array.isArray(result);
}
