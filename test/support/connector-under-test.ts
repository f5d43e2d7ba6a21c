import { readFileSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { ConnectorProcess } from '../../apps/causeway/src/demo/connector-process';
import { readProcesses, type RunningProcess } from '../../apps/causeway/src/supervisor/run-files';
import { balancesOf, queryConnector } from './connector-database';
import { cleanEnvironment, QUICK_RECONNECT, temporaryDirectory, until } from './running-connector';

/** Whatever a configuration does not say otherwise. */
const SETTINGS = {
  gateway: { listen: '127.0.0.1:0' },
  console: { listen: '127.0.0.1:0', token: 'a-token-for-the-console-of-this-test' },
  health: { basePort: 0 },
  limits: QUICK_RECONNECT,
};

/** What a process has said before the connector was ready may still be on its way to the file. */
const SAID_WITHIN_MS = 30_000;

/** `causeway start` on any configuration, in a directory of its own. */
export class ConnectorUnderTest {
  private constructor(
    private readonly directory: string,
    private readonly process: ConnectorProcess,
  ) {}

  /** @param instances processes per service, as `--instances` takes them */
  static async start(configuration: object, instances = ''): Promise<ConnectorUnderTest> {
    const directory = await temporaryDirectory();
    try {
      return new ConnectorUnderTest(directory, await startIn(directory, configuration, instances));
    } catch (error) {
      await rm(directory, { recursive: true, force: true });
      throw error;
    }
  }

  /** Where peers dial us. */
  get url(): string {
    return this.process.ready.btp;
  }

  /** Of the supervisor; undefined = it could not be started. */
  get pid(): number | undefined {
    return this.process.pid;
  }

  get dataDir(): string {
    return join(this.directory, 'data');
  }

  /** A page that a service process serves about itself, as `readyz?verbose`. */
  async page(service: string, name: string): Promise<Response> {
    await until(SAID_WITHIN_MS, `${service} has said where it is`, () => {
      return this.healthUrl(service) !== undefined;
    });
    return fetch(`${this.healthUrl(service) ?? ''}/${name}`);
  }

  /** The processes of its services, as they are now. */
  processes(): readonly RunningProcess[] {
    return readProcesses(this.dataDir);
  }

  /** Everything that its processes have said on standard error. */
  get log(): string {
    return readFileSync(this.process.options.logFile, 'utf8');
  }

  /** As a peer with that token dials it. */
  uri(token: string): string {
    return this.url.replace('ws://', `btp+ws://:${token}@`);
  }

  /** Where peers of the historic RPC call it. */
  get rpcUri(): string {
    return `${this.process.ready.btp.replace('ws://', 'http://')}/rpc`;
  }

  /** Types of the events of a ledger, in order; only those about one transfer if its id is given. */
  async story(ledgerId: string, transferId?: string): Promise<string[]> {
    const text = `select type from ledger_events
      where ledger_id = $1 and ($2::text is null or transfer_id::text = $2) order by version`;
    const rows = await queryConnector(this.dataDir, text, [ledgerId, transferId ?? null]);
    return rows.map(({ type }) => String(type));
  }

  /** What the log says of the opening of a ledger. */
  async opened(ledgerId: string): Promise<unknown> {
    const text = `select payload from ledger_events where ledger_id = $1 and type = 'LedgerOpened'`;
    const [row] = await queryConnector(this.dataDir, text, [ledgerId]);
    return row?.payload;
  }

  /** By peer, in decimal; positive: the peer owes us. They follow the log at some distance. */
  balances(): Promise<Map<string, string>> {
    return balancesOf(this.dataDir);
  }

  /** Types of all events of a ledger. */
  async eventTypes(ledgerId: string): Promise<Set<string>> {
    const text = 'select distinct type from ledger_events where ledger_id = $1';
    const rows = await queryConnector(this.dataDir, text, [ledgerId]);
    return new Set(rows.map(({ type }) => String(type)));
  }

  async stop(): Promise<void> {
    await this.process.stop();
    await rm(this.directory, { recursive: true, force: true });
  }

  /** It is in the log only, as nobody but an operator looks there. */
  private healthUrl(service: string): string | undefined {
    const ready = new RegExp(`"service":"${service}".*"health":"([^"]+)"`, 'g');
    return [...this.log.matchAll(ready)].at(-1)?.[1];
  }
}

async function startIn(
  directory: string,
  configuration: object,
  instances: string,
): Promise<ConnectorProcess> {
  const configFile = join(directory, 'causeway.yaml');
  const dataDir = join(directory, 'data');
  await mkdir(dataDir);
  await writeFile(configFile, stringify({ ...SETTINGS, ...configuration }), { mode: 0o600 });
  const logFile = join(directory, 'connector.log');
  return ConnectorProcess.start({
    ...{ configFile, dataDir, instances, logFile },
    env: cleanEnvironment(),
  });
}
