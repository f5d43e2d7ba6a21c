import { randomBytes } from 'node:crypto';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { z } from 'zod';
import { ConnectorProcess } from '../../apps/causeway/src/demo/connector-process';
import { cleanEnvironment, temporaryDirectory } from '../../test/support/running-connector';
import { openPeer } from '../open-peer';

export interface Crowd {
  readonly sender: string;
  readonly receiver: string;
  readonly newcomer: string;
  readonly idle: readonly string[];
}

const GATEWAY = 'btp-gateway';
const MANY = 1_000_000;

export function makeCrowd(idle: number): Crowd {
  const token = (): string => randomBytes(16).toString('hex');
  return {
    sender: token(),
    receiver: token(),
    newcomer: token(),
    idle: Array.from({ length: idle }, token),
  };
}

/** `causeway start` with a peer for each token, in a directory of its own. */
export class CrowdedConnector {
  private constructor(
    private readonly directory: string,
    private readonly connector: ConnectorProcess,
  ) {}

  static async start(crowd: Crowd, limits: Readonly<Record<string, number>>) {
    const directory = await temporaryDirectory();
    try {
      const configFile = join(directory, 'causeway.yaml');
      await writeFile(configFile, stringify(configuration(crowd, limits)), { mode: 0o600 });
      const connector = await ConnectorProcess.start({
        configFile,
        dataDir: join(directory, 'data'),
        env: cleanEnvironment(),
        logFile: join(directory, 'connector.log'),
      });
      return new CrowdedConnector(directory, connector);
    } catch (error) {
      await rm(directory, { recursive: true, force: true });
      throw error;
    }
  }

  get url(): string {
    return this.connector.ready.btp;
  }

  async gatewayPid(): Promise<number> {
    const text = await readFile(join(this.directory, 'data', 'run', 'processes.json'), 'utf8');
    const schema = z.array(z.object({ service: z.string(), pid: z.number() }));
    const gateway = schema.parse(JSON.parse(text)).find(({ service }) => service === GATEWAY);
    if (gateway === undefined) throw new Error('no gateway is running');
    return gateway.pid;
  }

  async stop(): Promise<void> {
    await this.connector.stop();
    await rm(this.directory, { recursive: true, force: true });
  }
}

function configuration(crowd: Crowd, limits: Readonly<Record<string, number>>) {
  const idle = crowd.idle.map((token, number) => openPeer(`idle-${number}`, token));
  return {
    connector: { address: 'test.bench' },
    gateway: { listen: '127.0.0.1:0' },
    console: { listen: '127.0.0.1:0', token: randomBytes(16).toString('hex') },
    health: { basePort: 0 },
    limits: { requestsPerPeerPerSecond: MANY, inFlightPerPeer: MANY, ...limits },
    log: { level: 'warn' },
    peers: [
      openPeer('sender', crowd.sender),
      openPeer('receiver', crowd.receiver),
      openPeer('newcomer', crowd.newcomer),
      ...idle,
    ],
  };
}
