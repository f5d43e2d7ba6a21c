import type { Command } from 'commander';
import { withAmounts, withOrder, type LedgerActions } from './ledger';
import type { OrderOptions } from './ledger-order';

interface RecordOptions extends OrderOptions {
  readonly ledger: string;
  readonly amount: string;
  readonly direction: string;
  readonly reference: string;
}

interface ReverseOptions extends OrderOptions {
  readonly ledger: string;
  readonly reference: string;
  readonly reverses: string;
  readonly reason: string;
}

/** Adds `causeway settle …`: money that changed hands outside of a ledger. */
export function settleCommands(causeway: Command, { give }: LedgerActions): void {
  const settle = causeway
    .command('settle')
    .description('put on record what was paid outside of a ledger, or take it back');
  withAmounts(settle.command('record', { isDefault: true }))
    .description('a payment was made; what `causeway settle` does without another word')
    .requiredOption('--ledger <id>', 'ledger')
    .requiredOption('--amount <amount>', 'how much')
    .requiredOption('--direction <way>', 'paid (we paid the peer) or received')
    .requiredOption('--reference <text>', 'of the payment; unique on this ledger for ever')
    .action((options: RecordOptions) => {
      const { ledger, direction, reference } = options;
      const amounts = { amount: { option: '--amount', written: options.amount } };
      const path = ['settlements'];
      return give({ ledger, path, terms: { reference, direction }, amounts }, options);
    });
  withOrder(settle.command('reverse'))
    .description('a payment that is on record was a mistake, or bounced')
    .requiredOption('--ledger <id>', 'ledger')
    .requiredOption('--reference <text>', 'of this reversal; unique on this ledger for ever')
    .requiredOption('--reverses <text>', 'reference of the settlement that is taken back')
    .requiredOption('--reason <text>', 'why, for the record')
    .action((options: ReverseOptions) => {
      const { ledger, reference, reason } = options;
      const path = ['settlements', options.reverses, 'reversal'];
      return give({ ledger, path, terms: { reference, reason } }, options);
    });
}
