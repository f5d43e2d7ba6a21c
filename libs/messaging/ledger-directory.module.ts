import { Controller, Module } from '@nestjs/common';
import { EventPattern } from '@nestjs/microservices';
import { z } from 'zod';
import { CONTROL, type LedgerDescription, subjectsOf } from '#contracts';
import { type Configuration, CONFIGURATION, HealthChecks } from '#platform';
import { ControlClient } from './control-client';
import { LedgerDirectory } from './ledger-directory';
import { MessagingModule } from './messaging.module';

const ASK_WITHIN_MS = 2_000;

const amount = z.string().regex(/^-?\d+$/);
const ledgerList = z.object({
  ledgers: z.array(
    z.object({
      ledgerId: z.string(),
      prefix: z.string().endsWith('.'),
      currencyCode: z.string(),
      currencyScale: z.number().int(),
      account: z.string(),
      peerAccount: z.string(),
      authority: z.enum(['admin', 'shadow', 'symmetric', 'validated']),
      maxBalance: amount.nullable(),
      minBalance: amount.nullable(),
    }),
  ),
});

/**
 * Hears that the ledgers changed. The announcement says no more: who heard it asks, so that one
 * that was lost costs nothing but time.
 */
@Controller()
class LedgersChangedController {
  constructor(private readonly directory: LedgerDirectory) {}

  @EventPattern(CONTROL.ledgersChanged)
  ledgersChanged(): void {
    void this.directory.refresh();
  }
}

/**
 * Provides the `LedgerDirectory` of a service with a control plane. The service is not ready before
 * the ledgers are known.
 */
@Module({
  imports: [MessagingModule],
  controllers: [LedgersChangedController],
  providers: [
    {
      provide: LedgerDirectory,
      inject: [ControlClient, CONFIGURATION, HealthChecks],
      useFactory: ledgerDirectory,
    },
  ],
  exports: [LedgerDirectory],
})
export class LedgerDirectoryModule {}

function ledgerDirectory(
  control: ControlClient,
  configuration: Configuration,
  health: HealthChecks,
): LedgerDirectory {
  const subject = subjectsOf(configuration.connector.slug).ledgerList;
  const question = { deadlineMs: ASK_WITHIN_MS, parse: parseLedgerList };
  const directory = new LedgerDirectory(() => control.ask(subject, {}, question));
  health.register('ledgers', () =>
    directory.ledgers === undefined
      ? Promise.reject(new Error('the ledgers are not known yet'))
      : Promise.resolve(),
  );
  return directory;
}

function parseLedgerList(answer: unknown): readonly LedgerDescription[] {
  return ledgerList.parse(answer).ledgers;
}
