import { execFile } from 'node:child_process';
import { z } from 'zod';
import { inRepository } from '../../../apps/causeway/src/demo/repository';
import { cleanEnvironment, type RunningConnector } from '../../support/running-connector';

const OUTPUT_BYTES = 64 * 1024 * 1024;

const quietSchema = z.array(z.object({ ledger: z.string(), type: z.string(), events: z.number() }));
const preparedSchema = z.array(
  z.object({
    ledger: z.string(),
    transfer: z.string(),
    amount: z.string(),
    direction: z.string(),
    cause: z.string().nullable(),
  }),
);

/** Ledgers on which nothing may have happened: one line for each thing that did. */
export async function unexpectedOnQuiet(running: RunningConnector): Promise<string[]> {
  const rows = await running.query(
    `select ledger_id as ledger, type, count(*)::int as events from ledger_events
      where ledger_id like 'quiet-%' and type <> 'LedgerOpened' group by 1, 2`,
  );
  return quietSchema
    .parse(rows)
    .map(({ ledger, type, events }) => `ledger ${ledger}: ${events} x ${type}`);
}

/**
 * Every incoming transfer must have been sent in just these words, as our codec reads them, and
 * every outgoing one must follow from one of these.
 * @param prepared by ledger: id and amount of what was sent
 */
export async function unexplainedOnOpen(
  running: RunningConnector,
  prepared: ReadonlyMap<string, ReadonlySet<string>>,
): Promise<{ readonly transfers: number; readonly unexplained: string[] }> {
  const rows = await running.query(
    `select ledger_id as ledger, transfer_id::text as transfer, payload->>'amount' as amount,
            payload->>'direction' as direction,
            payload->'cause'->>'ledgerId' || ' ' || (payload->'cause'->>'transferId') || ' '
              || (payload->'cause'->>'amount') as cause
       from ledger_events where ledger_id like 'open-%' and type = 'TransferPrepared'`,
  );
  const transfers = preparedSchema.parse(rows);
  const isSent = (ledger: string, transfer: string): boolean =>
    prepared.get(ledger)?.has(transfer) ?? false;
  const unexplained = transfers.filter(({ ledger, transfer, amount, direction, cause }) => {
    if (direction === 'incoming') return !isSent(ledger, `${transfer} ${amount}`);
    const [from = '', ...causing] = (cause ?? '').split(' ');
    return !isSent(from, causing.join(' '));
  });
  return {
    transfers: transfers.length,
    unexplained: unexplained.map((row) => `not explained: ${JSON.stringify(row)}`),
  };
}

/** How many transfers are not final yet. */
export async function openTransfers(running: RunningConnector): Promise<number> {
  const [row] = await running.query(
    `select count(*)::int as open from (
       select from ledger_events where transfer_id is not null group by ledger_id, transfer_id
        having bool_and(type not in ('TransferFulfilled', 'TransferRejected', 'TransferExpired'))
     ) transfers`,
  );
  return z.object({ open: z.number() }).parse(row).open;
}

/** `causeway audit verify` over the whole log; undefined when it finds nothing. */
export function auditFindings(running: RunningConnector): Promise<string | undefined> {
  const args = [inRepository('bin', 'causeway.cjs'), 'audit', 'verify', '--data', running.dataDir];
  const options = { env: cleanEnvironment(), maxBuffer: OUTPUT_BYTES };
  return new Promise((resolve) => {
    execFile(process.execPath, args, options, (error, stdout, stderr) => {
      resolve(error === null ? undefined : `${stdout}\n${stderr}`.trim());
    });
  });
}
