/**
 * The order of leaving: take nothing new, finish or refuse what is in flight, write down and send
 * what is left, let go of connections.
 */
export const SHUTDOWN_PHASES = ['stop-accepting', 'finish', 'flush', 'disconnect'] as const;
export type ShutdownPhase = (typeof SHUTDOWN_PHASES)[number];

export interface ShutdownReport {
  /** Steps that threw, with the reason. */
  readonly failed: readonly { readonly step: string; readonly error: unknown }[];
  /** The step during which the deadline passed; it and those after it were not finished. */
  readonly overdue: string | undefined;
}

interface Step {
  readonly name: string;
  readonly run: () => Promise<unknown>;
}

/** Named steps, run once, phase by phase and in the order they were added, under one deadline. */
export class ShutdownSequence {
  private readonly steps = new Map<ShutdownPhase, Step[]>();
  private running: Promise<ShutdownReport> | undefined;

  /** A step that throws is reported and does not keep the others from running. */
  add(phase: ShutdownPhase, name: string, run: () => Promise<unknown>): void {
    const steps = this.steps.get(phase);
    if (steps === undefined) this.steps.set(phase, [{ name, run }]);
    else steps.push({ name, run });
  }

  /** Runs everything; a second call waits for the first. */
  run(deadlineMs: number): Promise<ShutdownReport> {
    this.running ??= this.runAll(deadlineMs);
    return this.running;
  }

  private async runAll(deadlineMs: number): Promise<ShutdownReport> {
    const failed: { step: string; error: unknown }[] = [];
    const { late, cancel } = deadline(deadlineMs);
    try {
      for (const { name, run } of this.inOrder()) {
        const outcome = await Promise.race([settle(run), late]);
        if (outcome === 'late') return { failed, overdue: name };
        if (outcome !== 'done') failed.push({ step: name, error: outcome.error });
      }
      return { failed, overdue: undefined };
    } finally {
      cancel();
    }
  }

  private *inOrder(): Generator<Step> {
    for (const phase of SHUTDOWN_PHASES) yield* this.steps.get(phase) ?? [];
  }
}

async function settle(run: () => Promise<unknown>): Promise<'done' | { readonly error: unknown }> {
  try {
    await run();
    return 'done';
  } catch (error) {
    return { error };
  }
}

function deadline(ms: number): { readonly late: Promise<'late'>; readonly cancel: () => void } {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<'late'>((resolve) => {
    timer = setTimeout(resolve, ms, 'late');
  });
  return {
    late,
    cancel: () => {
      clearTimeout(timer);
    },
  };
}
