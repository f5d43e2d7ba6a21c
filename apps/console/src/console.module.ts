import { Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { DataSource } from 'typeorm';
import { EventReader, openServiceDatabase } from '#event-store';
import { CONFIGURATION, HealthChecks, ShutdownSequence, type Configuration } from '#platform';
import { EventsController } from './events.controller';
import { LedgersController } from './ledgers.controller';
import { TokenGuard } from './token.guard';

@Module({
  controllers: [LedgersController, EventsController],
  providers: [
    { provide: APP_GUARD, useClass: TokenGuard },
    {
      provide: DataSource,
      inject: [CONFIGURATION, HealthChecks, ShutdownSequence],
      useFactory: openDatabase,
    },
    {
      provide: EventReader,
      inject: [DataSource],
      useFactory: (dataSource: DataSource) => new EventReader(dataSource),
    },
  ],
})
export class ConsoleModule {}

async function openDatabase(
  { databaseUrl }: Configuration,
  health: HealthChecks,
  shutdown: ShutdownSequence,
): Promise<DataSource> {
  const dataSource = await openServiceDatabase(databaseUrl, 'causeway-console');
  health.register('database', () => dataSource.query('SELECT 1'));
  shutdown.add('disconnect', 'database', () => dataSource.destroy());
  return dataSource;
}
