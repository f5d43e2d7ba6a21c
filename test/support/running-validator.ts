import { readFileSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { z } from 'zod';
import { numberRequest, readBalance } from '#protocol';
import { BtpPeer, type Script } from '#testing';
import { ConnectorProcess } from '../../apps/causeway/src/demo/connector-process';
import { queryConnector } from './connector-database';
import { cleanEnvironment, temporaryDirectory, until } from './running-connector';

const RESTARTED_WITHIN_MS = 30_000;

export const DUO = { prefix: 'test.duo.', currencyCode: 'USD', currencyScale: 9 } as const;
/** Most that anna may owe otto. */
export const ANNAS_LIMIT = 1_000n;

const PARTIES = { anna: 'otto', otto: 'anna' } as const;
export type Party = keyof typeof PARTIES;

const processes = z.array(z.object({ service: z.string(), pid: z.number() }));

/** A connector that runs one ledger for two others, anna and otto, with a directory of its own. */
export class RunningValidator {
  private constructor(
    private readonly directory: string,
    private readonly process: ConnectorProcess,
  ) {}

  /** @param instances as `ledger=2`, where not one of each service is wanted */
  static async start(instances = ''): Promise<RunningValidator> {
    const directory = await temporaryDirectory();
    try {
      return new RunningValidator(directory, await startIn(directory, validator(), instances));
    } catch (error) {
      await rm(directory, { recursive: true, force: true });
      throw error;
    }
  }

  get url(): string {
    return this.process.ready.btp;
  }

  /** As that party dials it. */
  uri(party: Party): string {
    return this.url.replace('ws://', `btp+ws://:${tokenOf(party)}@`);
  }

  dial(party: Party, ...scripts: Script[]): Promise<BtpPeer> {
    return BtpPeer.dial({ url: this.url, token: tokenOf(party), scripts });
  }

  /** Types of a transfer's events on the ledger towards that party, oldest first. */
  async story(party: Party, transferId: string): Promise<string[]> {
    const text = `select type from ledger_events
      where ledger_id = $1 and transfer_id = $2 order by version`;
    const rows = await queryConnector(this.dataDir, text, [party, transferId]);
    return rows.map(({ type }) => String(type));
  }

  /** kill -9; resolves when another one has been started. */
  async killLedger(): Promise<void> {
    const { pid } = this.ledger();
    process.kill(pid, 'SIGKILL');
    await until(
      RESTARTED_WITHIN_MS,
      'the ledger is started again',
      () => this.ledger().pid !== pid,
    );
  }

  async stop(): Promise<void> {
    await this.process.stop();
    await rm(this.directory, { recursive: true, force: true });
  }

  private get dataDir(): string {
    return join(this.directory, 'data');
  }

  private ledger(): z.infer<typeof processes>[number] {
    const text = readFileSync(join(this.dataDir, 'run', 'processes.json'), 'utf8');
    const found = processes.parse(JSON.parse(text)).find(({ service }) => service === 'ledger');
    return found ?? { service: 'ledger', pid: 0 };
  }
}

/** What the validator says its balance is towards whoever asks. */
export async function balanceTowards(party: BtpPeer): Promise<bigint> {
  const [entry] = (await party.message(numberRequest('balance'))).protocolData;
  if (entry === undefined) throw new Error('no balance was told');
  return readBalance(entry);
}

/** `causeway start` on a configuration, in a directory. */
export async function startIn(
  directory: string,
  configuration: object,
  instances = '',
): Promise<ConnectorProcess> {
  const configFile = join(directory, 'causeway.yaml');
  const dataDir = join(directory, 'data');
  await mkdir(dataDir);
  await writeFile(configFile, stringify({ ...SETTINGS, ...configuration }));
  const logFile = join(directory, 'connector.log');
  const env = cleanEnvironment();
  return ConnectorProcess.start({ configFile, dataDir, env, instances, logFile });
}

const SETTINGS = {
  gateway: { listen: '127.0.0.1:0' },
  console: { listen: '127.0.0.1:0', token: 'a-token-for-the-console-of-this-test' },
  health: { basePort: 0 },
  limits: { reconnectMinMs: 100, reconnectMaxMs: 500 },
};

function validator(): object {
  const party = (id: Party, maxBalance: string): object => ({
    id,
    socket: 'server',
    token: tokenOf(id),
    authority: 'admin',
    relaysTo: PARTIES[id],
    ledger: { ...DUO, account: PARTIES[id], peerAccount: id, maxBalance },
  });
  return {
    connector: { address: 'test.judge' },
    peers: [party('anna', String(ANNAS_LIMIT)), party('otto', 'unlimited')],
  };
}

function tokenOf(party: Party): string {
  return `a-token-of-${party}-in-a-test`;
}
