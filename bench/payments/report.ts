import type { LoadResult } from './load';

export interface BenchmarkReport {
  readonly payments: number;
  readonly window: number;
  readonly machine: string;
  /** The same load through a relay that keeps nothing. */
  readonly baseline: LoadResult;
  /** Of several runs the one with the median rate. */
  readonly causeway: LoadResult;
  readonly ratesPerSecond: readonly number[];
  readonly processorMicrosecondsPerPayment: Readonly<Record<string, number>>;
  /** How long after the last payment the read models had caught up with the log. */
  readonly readModelsBehindMs: number;
}

export function textReport(report: BenchmarkReport): string[] {
  const { payments, window, baseline, causeway } = report;
  const times = Object.entries(report.processorMicrosecondsPerPayment);
  const total = times.reduce((sum, [, microseconds]) => sum + microseconds, 0);
  return [
    `${payments} payments, window ${window}, on ${report.machine}`,
    line('causeway', causeway),
    line('relay that keeps nothing', baseline),
    `runs: ${report.ratesPerSecond.map((rate) => rate.toFixed(0)).join(', ')} payments/s`,
    `processor time per payment: ${total} us (${times.map(([name, us]) => `${name} ${us}`).join(', ')})`,
    `read models caught up ${report.readModelsBehindMs} ms after the last payment`,
  ];
}

function line(name: string, { perSecond, p50Ms, p99Ms }: LoadResult): string {
  const rate = perSecond.toFixed(0).padStart(7);
  return `${name.padEnd(26)}${rate} payments/s   p50 ${p50Ms.toFixed(1)} ms   p99 ${p99Ms.toFixed(1)} ms`;
}
