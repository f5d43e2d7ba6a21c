import { Controller, Logger, Module } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';
import { z } from 'zod';
import {
  CONTROL,
  ledgerFigures,
  type LedgerListReply,
  readLedgerFigures,
  subjectsOf,
} from '#contracts';
import { type Configuration, CONFIGURATION, HealthChecks } from '#platform';
import { reasonOf } from './bus-errors';
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
  figures: z.array(ledgerFigures).optional(),
});

/**
 * Hears that the ledgers changed, which says no more: who heard it asks. What ledgers can carry is
 * announced as such, and stands in their list as well. So one that was lost costs nothing but time.
 */
@Controller()
class LedgersChangedController {
  private readonly logger = new Logger(LedgerDirectory.name);

  constructor(private readonly directory: LedgerDirectory) {}

  @EventPattern(CONTROL.ledgersChanged)
  ledgersChanged(): void {
    void this.directory.refresh();
  }

  @EventPattern(CONTROL.ledgersFigures)
  ledgersFigures(@Payload() announced: unknown): void {
    try {
      this.directory.hearFigures(readLedgerFigures(announced).figures);
    } catch (error) {
      this.logger.warn(`announced figures cannot be read: ${reasonOf(error)}`);
    }
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

function parseLedgerList(answer: unknown): LedgerListReply {
  return ledgerList.parse(answer);
}
