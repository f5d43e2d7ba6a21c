import { chmod, mkdir, rm, writeFile } from 'node:fs/promises';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { type PeerStandingAt, subjectsOf } from '#contracts';
import { BusConnection, ControlClient, gatherPeerStates } from '#messaging';
import { freePort, slugOfAddress } from '#platform';
import { ConnectorProcess } from '../../apps/causeway/src/demo/connector-process';
import { readRunningConnector } from '../../apps/causeway/src/supervisor/run-files';
import type { Authority } from './certificates';
import { onCommandLine, type Ran } from './command-line';
import { balancesOf, queryConnector } from './connector-database';
import { cleanEnvironment, temporaryDirectory } from './running-connector';

const ASKED_FOR_MS = 500;

/** Where a connector can be found, and what it proves itself with. */
export interface Host {
  readonly name: string;
  /** `127.0.0.1:port` */
  readonly hostname: string;
  readonly directory: string;
  readonly certFile: string;
  readonly keyFile: string;
  /** PEM of whoever has issued the certificate. */
  readonly trustedCaFile: string;
}

/**
 * A host by https on any machine: not `localhost`, which is found by plain HTTP, but the address of the loopback
 * interface, for which certificates are issued as for a name.
 */
export async function hostOfItsOwn(authority: Authority, name: string): Promise<Host> {
  const directory = await temporaryDirectory();
  const { cert, key } = authority.issue(name);
  const host: Host = {
    name,
    hostname: `127.0.0.1:${await freePort()}`,
    directory,
    certFile: join(directory, 'cert.pem'),
    keyFile: join(directory, 'key.pem'),
    trustedCaFile: join(directory, 'authority.pem'),
  };
  await writeFile(host.certFile, cert);
  await writeFile(host.keyFile, key);
  await chmod(host.keyFile, 0o600);
  await writeFile(host.trustedCaFile, authority.cert);
  await mkdir(join(directory, 'data'));
  return host;
}

export interface Hosted {
  /** What our key pair is made of, base64. */
  readonly secret: string;
  readonly peers: readonly object[];
  readonly routes?: readonly object[];
  /** As `gateway=2`. */
  readonly instances?: string;
  readonly webfinger?: object;
}

/** `causeway start` behind TLS, found by its host, with a database of its own. */
export class HostedConnector {
  private process: ConnectorProcess | undefined;

  constructor(readonly host: Host) {}

  /** Starts it, or starts it anew on the same data. */
  async start(wanted: Hosted): Promise<void> {
    const { directory } = this.host;
    const configFile = join(directory, 'causeway.yaml');
    await writeFile(configFile, stringify(configurationOf(this.host, wanted)));
    this.process = await ConnectorProcess.start({
      configFile,
      dataDir: this.dataDir,
      env: cleanEnvironment(),
      instances: wanted.instances ?? '',
      logFile: this.logFile,
    });
  }

  /** Leaves its data. */
  async stop(): Promise<void> {
    await this.process?.stop();
    this.process = undefined;
  }

  async remove(): Promise<void> {
    await this.stop();
    await rm(this.host.directory, { recursive: true, force: true });
  }

  get dataDir(): string {
    return join(this.host.directory, 'data');
  }

  /** Everything that it has logged, of all its starts. */
  get log(): string {
    return readFileSync(this.logFile, 'utf8');
  }

  query(text: string, values: readonly unknown[] = []): Promise<Record<string, unknown>[]> {
    return queryConnector(this.dataDir, text, values);
  }

  /** By ledger, as the read models have them now. */
  balances(): Promise<Map<string, string>> {
    return balancesOf(this.dataDir);
  }

  /** Whether an audit of the whole log, as an operator runs it, finds nothing. */
  audit(): Promise<Ran> {
    return onCommandLine('audit', 'verify', '--data', this.dataDir);
  }

  /** How a peer stands, as all gateways together say. */
  async standing(peerId: string): Promise<PeerStandingAt | undefined> {
    const natsUrl = readRunningConnector(this.dataDir)?.natsUrl ?? '';
    const bus = await BusConnection.connect({ url: natsUrl, name: 'asks-how-peers-stand' });
    try {
      const subjects = subjectsOf(slugOfAddress(addressOf(this.host)));
      const states = await gatherPeerStates(new ControlClient(bus), subjects, ASKED_FOR_MS);
      return states.find((state) => state.peerId === peerId);
    } finally {
      await bus.drain();
    }
  }

  private get logFile(): string {
    return join(this.host.directory, 'connector.log');
  }
}

function addressOf({ name }: Host): string {
  return `test.${name}`;
}

function configurationOf(host: Host, { secret, peers, routes = [], webfinger }: Hosted): object {
  const { hostname, certFile, keyFile, trustedCaFile } = host;
  return {
    connector: { address: addressOf(host), spread: 0, compareBalancesEveryMs: 1000 },
    gateway: { listen: hostname, tls: { certFile, keyFile }, trustedCaFile },
    webfinger: {
      hostname,
      secret,
      publicBtpUri: `btp+wss://${hostname}`,
      allowPrivateAddresses: true,
      retryMs: 500,
      cacheMs: 500,
      ...webfinger,
    },
    console: { listen: '127.0.0.1:0', token: 'a-token-for-the-console-of-this-test' },
    health: { basePort: 0 },
    limits: { reconnectMinMs: 100, reconnectMaxMs: 500, foundPeerRetryMs: 500 },
    peers,
    routes,
  };
}
