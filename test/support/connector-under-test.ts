import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { ConnectorProcess } from '../../apps/causeway/src/demo/connector-process';
import { balancesOf, queryConnector } from './connector-database';
import { temporaryDirectory } from './running-connector';
import { startIn } from './running-validator';

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

  get dataDir(): string {
    return join(this.directory, 'data');
  }

  /** A page that a service process serves about itself, as `readyz?verbose`. */
  async page(service: string, name: string): Promise<Response> {
    return fetch(`${await this.healthUrl(service)}/${name}`);
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
    const rows = await queryConnector(join(this.directory, 'data'), text, [ledgerId]);
    return new Set(rows.map(({ type }) => String(type)));
  }

  /** It is in the log only, as nobody but an operator looks there. */
  private async healthUrl(service: string): Promise<string> {
    const log = await readFile(join(this.directory, 'connector.log'), 'utf8');
    const ready = new RegExp(`"service":"${service}".*"health":"([^"]+)"`).exec(log);
    if (ready?.[1] === undefined) throw new Error(`${service} has not said where it is`);
    return ready[1];
  }

  async stop(): Promise<void> {
    await this.process.stop();
    await rm(this.directory, { recursive: true, force: true });
  }
}
