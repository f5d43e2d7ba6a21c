export {
  runService,
  type ApplicationOptions,
  type CreateApplication,
  type ServiceDefinition,
} from './run-service';
export { HandedSockets } from './handed-sockets';
export {
  CONFIGURATION,
  FatalExit,
  ServiceContextModule,
  ServiceIdentity,
  type ServiceContext,
} from './service-context';
