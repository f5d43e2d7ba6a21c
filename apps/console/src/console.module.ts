import { Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { DataSource } from 'typeorm';
import { assertSchema, createDataSource, EventReader } from '#event-store';
import { CONFIGURATION, HealthChecks, ShutdownSequence, type Configuration } from '#platform';
import { EventsController } from './events.controller';
import { LedgersController } from './ledgers.controller';
import { TokenGuard } from './token.guard';

/** No URL at all is a mistake of whoever started this process. */
export class NoDatabaseError extends Error {
  override readonly name = 'NoDatabaseError';
}

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
  if (databaseUrl === undefined) {
    throw new NoDatabaseError('DATABASE_URL is not set, and a service alone starts no PostgreSQL');
  }
  const dataSource = await createDataSource(databaseUrl, { applicationName: 'causeway-console' });
  await assertSchema(dataSource);
  health.register('database', () => dataSource.query('SELECT 1'));
  shutdown.add('disconnect', 'database', () => dataSource.destroy());
  return dataSource;
}
