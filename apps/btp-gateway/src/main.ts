import 'reflect-metadata';
import { controlSubject } from '#contracts';
import { withControlPlane } from '#messaging';
import { runService } from '#platform';
import { Gateway } from './gateway';
import { GatewayModule } from './gateway.module';

void runService({
  name: 'btp-gateway',
  module: GatewayModule,
  create: withControlPlane((scope) => ({
    queue: 'gateway',
    subjectOf: (pattern) => controlSubject(scope, pattern),
  })),
  started: async (app) => ({ btp: await app.get(Gateway).start() }),
});
