import { Logger as NestPinoLogger, PinoLogger, type Params } from 'nestjs-pino';
import type { Logger } from 'pino';

/** Nest's own accounts of what it wires up: of use to whoever debugs the wiring only. */
const WIRING: ReadonlySet<unknown> = new Set([
  'NestFactory',
  'InstanceLoader',
  'RoutesResolver',
  'RouterExplorer',
  'NestApplication',
  'NestMicroservice',
]);

/** Nest's logger on top of ours. */
export class NestLogger extends NestPinoLogger {
  constructor(logger: Logger) {
    const params: Params = { pinoHttp: { logger } };
    super(new PinoLogger(params), params);
  }

  override log(message: unknown, ...parameters: unknown[]): void {
    if (WIRING.has(parameters.at(-1))) this.debug(message, ...parameters);
    else super.log(message, ...parameters);
  }
}
