export { NestLogger } from './nest-logger';
export { peerText } from './peer-text';
export { createLogger, withoutCredentials, type LogIdentity } from './root-logger';
