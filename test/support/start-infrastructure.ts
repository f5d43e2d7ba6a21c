import { randomBytes } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startInfrastructure, type Infrastructure } from '../../libs/platform/infrastructure';

declare global {
  var causewayTestInfrastructure: Infrastructure | undefined;
}

/** One throw-away cluster and one nats-server for a whole run; they go with this process, however it ends. */
export default async function start(): Promise<void> {
  const dataDir = join(tmpdir(), `causeway-test-${randomBytes(6).toString('hex')}`);
  const infrastructure = await startInfrastructure({
    dataDir,
    throwAway: true,
    postgres: { profile: 'test', fsync: false },
  });
  globalThis.causewayTestInfrastructure = infrastructure;
  process.env.CAUSEWAY_TEST_DIRECTORY = dataDir;
  process.env.CAUSEWAY_TEST_DATABASE_URL = infrastructure.databaseUrl;
  process.env.CAUSEWAY_TEST_NATS_URL = infrastructure.natsUrl;
}
