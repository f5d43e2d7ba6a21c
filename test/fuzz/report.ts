import type { CodecFuzzReport } from './codec-fuzz';
import type { LiveFuzzReport } from './live/live-fuzz';
import type { Tally } from './tally';

export function codecLines(report: CodecFuzzReport): string[] {
  const { packets, seconds, mutations, outcomes, memory } = report;
  const { start, peak, end } = memory;
  return [
    `codecs: ${packets} packets in ${seconds.toFixed(1)} s, ${(packets / seconds).toFixed(0)} per second`,
    `memory: heap ${mebibytes([start.heap, peak.heap, end.heap])}, ` +
      `resident ${mebibytes([start.resident, peak.resident, end.resident])}`,
    ...table('mutations', mutations),
    ...[...outcomes].flatMap(([target, tally]) => table(target, tally)),
  ];
}

export function liveLines(report: LiveFuzzReport): string[] {
  const { seconds, frames, sockets, outcomes, honestPayments, transfersOfOpen, memory } = report;
  const { strangers, quiet, open } = frames;
  const sum = strangers + quiet + open;
  return [
    `gateway: ${sum} frames in ${seconds.toFixed(1)} s, ${(sum / seconds).toFixed(0)} per second`,
    `  ${strangers} before authentication, on ${sockets} sockets`,
    `  ${quiet} of peers that send nothing a ledger could take, ${open} of peers that send anything`,
    `honest peers made ${honestPayments} payments meanwhile; the others, ${transfersOfOpen} transfers`,
    `memory of the gateway: ${mebibytes([memory.start, memory.peak, memory.end])}`,
    ...table('before authentication', outcomes.strangers),
    ...table('quiet peers', outcomes.quiet),
    ...table('open peers', outcomes.open),
    ...table('warnings and errors in the logs of all services', report.warnings),
    ...report.violations.map((violation) => `VIOLATION ${violation}`),
  ];
}

function mebibytes(values: readonly number[]): string {
  const [start, peak, end] = values.map((value) => value.toFixed(0));
  return `${start} MiB at the start, ${peak} at the peak, ${end} at the end`;
}

function table(title: string, tally: Tally): string[] {
  const rows = tally.entries.map(([what, times]) => `  ${String(times).padStart(10)}  ${what}`);
  return rows.length === 0 ? [] : [`${title}:`, ...rows];
}
