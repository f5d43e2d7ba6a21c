import type { DataSource } from 'typeorm';
import { EventReader } from '#event-store';

/** A ledger that was never opened here. */
export class NoLedgerError extends Error {
  override readonly name = 'NoLedgerError';
}

/**
 * Lets nobody take a misspelt name for a ledger on which nothing happened.
 * @throws NoLedgerError if the log has no event of the ledger
 */
export async function assertLedger(dataSource: DataSource, ledgerId: string): Promise<void> {
  const head = await new EventReader(dataSource).ledgerHead(ledgerId);
  if (head === undefined) throw new NoLedgerError(`there is no ledger ${ledgerId}`);
}
