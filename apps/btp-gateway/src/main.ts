import 'reflect-metadata';
import { runService } from '#platform';
import { Gateway } from './gateway';
import { GatewayModule } from './gateway.module';

void runService({
  name: 'btp-gateway',
  module: GatewayModule,
  started: async (app) => ({ btp: await app.get(Gateway).start() }),
});
