import { parseArgs } from 'node:util';
import { connectorAt } from '../connector-at';
import type { Entry } from './ledger-book';
import { type DayReport, reconcileDay } from './reconcile';

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      config: { type: 'string', default: 'causeway.yaml' },
      data: { type: 'string', default: '.causeway' },
      ledger: { type: 'string' },
      day: { type: 'string', default: new Date().toISOString().slice(0, 10) },
    },
  });
  const dayMs = Date.parse(`${values.day}T00:00:00Z`);
  if (values.ledger === undefined || Number.isNaN(dayMs)) {
    throw new RangeError('give --ledger ID and --day YYYY-MM-DD');
  }
  const at = connectorAt({ config: values.config, data: values.data });
  const report = await reconcileDay(at, values.ledger, dayMs);
  for (const line of asText(report, values.day)) process.stdout.write(`${line}\n`);
  if (report.comparison.ours !== report.comparison.connector) process.exitCode = 1;
}

function asText(report: DayReport, day: string): string[] {
  const { ledger, opening, entries, incoming, outgoing, closing, comparison } = report;
  const { ours, connector, asOf } = comparison;
  const verdict = ours === connector ? 'equal' : 'DIFFERENT';
  return [
    `${ledger}, ${day}`,
    `opening ${opening}`,
    ...entries.map(line),
    `in ${incoming}, out ${outgoing}`,
    `closing ${closing}`,
    `balance now: ${ours} by these events, ${connector} by the connector as of ${asOf}: ${verdict}`,
  ];
}

function line({ atMs, id, kind, amount }: Entry): string {
  return `  ${new Date(atMs).toISOString()}  ${id}  ${kind}  ${amount}`;
}

main().catch((error: unknown) => {
  process.stderr.write(`reconciliation-job: ${String(error)}\n`);
  process.exitCode = 1;
});
