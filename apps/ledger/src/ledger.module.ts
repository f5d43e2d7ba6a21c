import { Module } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { createDataSource } from '#event-store';
import { MessagingModule } from '#messaging';
import { CONFIGURATION, MetricsRegistry, type Configuration } from '#platform';
import { LedgerMetrics } from './ledger-metrics';
import { LedgerService } from './ledger.service';
import { QuestionsController } from './questions.controller';

/** No URL at all is a mistake of whoever started this process. */
export class NoDatabaseError extends Error {
  override readonly name = 'NoDatabaseError';
}

@Module({
  imports: [MessagingModule],
  controllers: [QuestionsController],
  providers: [
    LedgerService,
    { provide: DataSource, inject: [CONFIGURATION], useFactory: openDatabase },
    {
      provide: LedgerMetrics,
      inject: [MetricsRegistry],
      useFactory: (registry: MetricsRegistry) => new LedgerMetrics(registry),
    },
  ],
})
export class LedgerModule {}

function openDatabase({ databaseUrl }: Configuration): Promise<DataSource> {
  if (databaseUrl !== undefined) {
    return createDataSource(databaseUrl, { applicationName: 'causeway-ledger' });
  }
  throw new NoDatabaseError('DATABASE_URL is not set, and a service alone starts no PostgreSQL');
}
