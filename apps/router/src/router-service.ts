import { controlSubject } from '#contracts';
import { LedgerDirectory, withControlPlane } from '#messaging';
import type { ServiceDefinition } from '#platform';
import { RouterModule } from './router.module';

/** Ready once the ledgers are known; until then payments wait. */
export const routerService: ServiceDefinition = {
  name: 'router',
  module: RouterModule,
  create: withControlPlane((scope) => ({
    queue: 'router',
    subjectOf: (pattern) => controlSubject(scope, pattern),
  })),
  started: async (app) => {
    await app.get(LedgerDirectory).refresh();
    return {};
  },
};
