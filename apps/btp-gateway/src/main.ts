import 'reflect-metadata';
import { runService } from '#platform';
import { Gateway } from './gateway';
import { GatewayModule } from './gateway.module';

void runService({
  name: 'btp-gateway',
  module: GatewayModule,
  started: async (app, { handedSockets }) => {
    const gateway = app.get(Gateway);
    if (handedSockets === undefined) return { btp: await gateway.start() };
    gateway.startTaking(handedSockets);
    return {};
  },
});
