import { controlSubject } from '#contracts';
import { LedgerDirectory, withControlPlane } from '#messaging';
import type { ServiceDefinition } from '#platform';
import { LiveRoutes } from '#routes';
import { RouterModule } from './router.module';

/** Ready once the ledgers are known, for which payments wait, and what peers told of routes. */
export const routerService: ServiceDefinition = {
  name: 'router',
  module: RouterModule,
  create: withControlPlane((scope) => ({
    queue: 'router',
    subjectOf: (pattern) => controlSubject(scope, pattern),
  })),
  started: async (app) => {
    await app.get(LedgerDirectory).refresh();
    await app.get(LiveRoutes).ready();
    return {};
  },
};
