export {
  runService,
  type ApplicationOptions,
  type CreateApplication,
  type ServiceDefinition,
} from './run-service';
export {
  CONFIGURATION,
  FatalExit,
  ServiceContextModule,
  ServiceIdentity,
  type ServiceContext,
} from './service-context';
