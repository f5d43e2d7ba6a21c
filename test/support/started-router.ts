import { routerService } from '../../apps/router/src/router-service';
import { type StartedService, startService } from './started-service';
import { testNatsUrl } from './test-nats';

/** A real router of the connector whose subjects begin with `scope`, ready. */
export async function startRouter(
  scope: string,
  databaseUrl: string,
  routeBroadcastIntervalMs: number,
): Promise<StartedService> {
  const service = await startService(routerService, {
    connector: {
      address: scope.replace('-', '.'),
      secret: '01'.repeat(32),
      spread: '0',
      routeBroadcastIntervalMs,
    },
    console: { token: 'unused' },
    natsUrl: testNatsUrl(),
    databaseUrl,
  });
  await service.ready;
  return service;
}
