import { Module } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { openServiceDatabase } from '#event-store';
import { MessagingModule } from '#messaging';
import { CONFIGURATION, MetricsRegistry, type Configuration } from '#platform';
import { LedgerMetrics } from './ledger-metrics';
import { LedgerService } from './ledger.service';
import { QuestionsController } from './questions.controller';

@Module({
  imports: [MessagingModule],
  controllers: [QuestionsController],
  providers: [
    LedgerService,
    {
      provide: DataSource,
      inject: [CONFIGURATION],
      useFactory: ({ databaseUrl }: Configuration) =>
        openServiceDatabase(databaseUrl, 'causeway-ledger'),
    },
    {
      provide: LedgerMetrics,
      inject: [MetricsRegistry],
      useFactory: (registry: MetricsRegistry) => new LedgerMetrics(registry),
    },
  ],
})
export class LedgerModule {}
