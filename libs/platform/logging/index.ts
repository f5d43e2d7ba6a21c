export { NestLogger } from './nest-logger';
export { createLogger, withoutCredentials, type LogIdentity } from './root-logger';
