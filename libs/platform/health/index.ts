export { HealthChecks, type CheckResult, type HealthCheck, type Readiness } from './health-checks';
export { HealthListener, type HealthListenerOptions } from './health-listener';
