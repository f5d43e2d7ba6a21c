import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { ServiceDefinition } from '#platform';
import { ConsoleModule } from './console.module';
import { consoleUrl } from './console-url';
import { readJsonBodies } from './json-bodies';

/** The operator's HTTP API, on the address of the configuration. */
export const consoleService: ServiceDefinition = {
  name: 'console',
  module: ConsoleModule,
  create: async (root, options, { configuration }) => {
    const { host, port } = configuration.console.listen;
    const withoutParser = Object.assign(options, { bodyParser: false });
    const app = await NestFactory.create<NestExpressApplication>(root, withoutParser);
    readJsonBodies(app);
    await app.listen(port, host);
    return app;
  },
  started: (app) => ({ http: consoleUrl(app) }),
};
