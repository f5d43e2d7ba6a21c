import { controlSubject } from '#contracts';
import { LedgerDirectory, withControlPlane } from '#messaging';
import type { ServiceDefinition } from '#platform';
import { LiveRoutes } from '#routes';
import { QuoterModule } from './quoter.module';

/** Ready once the ledgers are known, and what peers told of routes. */
export const quoterService: ServiceDefinition = {
  name: 'quoter',
  module: QuoterModule,
  create: withControlPlane((scope) => ({
    queue: 'quoter',
    subjectOf: (pattern) => controlSubject(scope, pattern),
  })),
  started: async (app) => {
    await app.get(LedgerDirectory).refresh();
    await app.get(LiveRoutes).ready();
    return {};
  },
};
