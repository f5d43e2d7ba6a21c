export {
  parseServiceMessage,
  parseSupervisorMessage,
  type ServiceMessage,
  type ServicePorts,
  type SupervisorMessage,
} from './service-lifecycle';
export { ShutdownSequence, type ShutdownPhase, type ShutdownReport } from './shutdown-sequence';
