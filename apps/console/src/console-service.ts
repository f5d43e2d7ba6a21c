import { NestFactory } from '@nestjs/core';
import type { ServiceDefinition } from '#platform';
import { ConsoleModule } from './console.module';
import { consoleUrl } from './console-url';

/** The operator's HTTP API, on the address of the configuration. */
export const consoleService: ServiceDefinition = {
  name: 'console',
  module: ConsoleModule,
  create: async (root, options, { configuration }) => {
    const { host, port } = configuration.console.listen;
    const app = await NestFactory.create(root, options);
    await app.listen(port, host);
    return app;
  },
  started: (app) => ({ http: consoleUrl(app) }),
};
