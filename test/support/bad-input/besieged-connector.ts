import { readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Client } from 'pg';
import { z } from 'zod';
import type { ConnectorProcess } from '../../../apps/causeway/src/demo/connector-process';
import { ConsoleApi } from '../console-api';
import { temporaryDirectory, until } from '../running-connector';
import { startIn } from '../running-validator';
import { BTP_ALPHA, RawPeer } from '../raw-peer';
import { infoRequest } from '#protocol';
import { BtpPeer, type Script } from '#testing';
import { aMessage } from './requests';

/** A connector brings its own database and bus. */
export const STARTED_WITHIN_MS = 180_000;
/** How much each peer may owe us, and we it. */
export const LIMIT = 1_000n;

const QUICK_RECONNECT = { reconnectMinMs: 100, reconnectMaxMs: 500 };
const DIALLERS = ['mallory', 'alf', 'rita', 'sam'] as const;
const readyLine = z.object({ service: z.string(), ports: z.object({ health: z.string() }) });
const connectorFile = z.object({ databaseUrl: z.string() });

/** Dial us; we keep their ledgers. mallory misbehaves, as does alf, who speaks BTP/alpha. */
export type Dialler = (typeof DIALLERS)[number];

export function tokenOf(peer: Dialler): string {
  return `a-token-that-${peer}-really-has`;
}

export interface Siege {
  readonly connector?: Readonly<Record<string, unknown>>;
  readonly limits?: Readonly<Record<string, number>>;
  readonly log?: { readonly level: string };
  readonly morePeers?: readonly object[];
}

/** Policy violation (SPEC §5.3). */
const CLOSED_TO_STRANGERS = 1008;

/** One connector for one spec, with database and bus of its own, and what its log says. */
export class BesiegedConnector {
  private constructor(
    private readonly directory: string,
    private readonly process: ConnectorProcess,
    private readonly database: Client,
  ) {}

  static async start(siege: Siege = {}): Promise<BesiegedConnector> {
    const { connector: ours = {}, limits = {}, log, morePeers = [] } = siege;
    const directory = await temporaryDirectory();
    try {
      const process = await startIn(directory, {
        connector: { address: 'test.fortress', spread: 0, ...ours },
        limits: { ...QUICK_RECONNECT, ...limits },
        peers: [...DIALLERS.map(dialsUs), ...morePeers],
        ...(log !== undefined && { log }),
      });
      const connector = new BesiegedConnector(directory, process, await databaseOf(directory));
      await until(10_000, 'strangers are known as such', () => connector.turnsStrangersAway());
      return connector;
    } catch (error) {
      await rm(directory, { recursive: true, force: true });
      throw error;
    }
  }

  get url(): string {
    return this.process.ready.btp;
  }

  /** Below the path where BTP/alpha is spoken. */
  alphaUrl(...segments: string[]): string {
    return [`${this.url}/alpha`, ...segments.map(encodeURIComponent)].join('/');
  }

  /** Not before the gateway knows of all peers that were added at run time. */
  private async turnsStrangersAway(): Promise<boolean> {
    const stranger = await RawPeer.connect(this.alphaUrl('nobody', 'at-all'), BTP_ALPHA);
    stranger.send(BTP_ALPHA.encode(aMessage(infoRequest('full'))));
    return (await stranger.closed) === CLOSED_TO_STRANGERS;
  }

  /** A session that says only what it is told to. */
  raw(peer: Dialler): Promise<RawPeer> {
    if (peer === 'alf') return RawPeer.connect(this.alphaUrl('alf', tokenOf('alf')), BTP_ALPHA);
    return RawPeer.authenticated(this.url, tokenOf(peer));
  }

  /** A session that behaves. */
  dial(peer: Dialler, ...scripts: Script[]): Promise<BtpPeer> {
    return BtpPeer.dial({ url: this.url, token: tokenOf(peer), scripts });
  }

  /** Types of the events of a ledger, oldest first; of one transfer, if one is named. */
  async eventsOf(ledger: string, transferId?: string): Promise<string[]> {
    const text = `select type from ledger_events
      where ledger_id = $1 and ($2::uuid is null or transfer_id = $2) order by version`;
    const { rows } = await this.database.query<{ type: string }>(text, [
      ledger,
      transferId ?? null,
    ]);
    return rows.map(({ type }) => type);
  }

  /** How many events the whole log holds. */
  async eventCount(): Promise<number> {
    const text = 'select count(*)::int as events from ledger_events';
    const { rows } = await this.database.query<{ events: number }>(text);
    return rows[0]?.events ?? 0;
  }

  /** Its HTTP API. */
  get console(): ConsoleApi {
    return new ConsoleApi(join(this.directory, 'data'), 'besieged');
  }

  /**
   * A figure of the metrics of a service that runs once; 0 where it has none.
   * @param labels as `outcome="accepted"`, where there are any
   */
  async metric(service: string, name: string, labels = ''): Promise<number> {
    const page = await (await fetch(`${this.healthOf(service)}/metrics`)).text();
    const lines = page.split('\n').filter((line) => line.startsWith(`${name}{`));
    const line = lines.find((one) => one.includes(labels));
    return Number(line?.split(' ').at(-1) ?? 0);
  }

  private healthOf(service: string): string {
    const said = this.said()
      .split('\n')
      .filter((line) => line.includes('"msg":"ready"'));
    for (const line of said.reverse()) {
      const found = readyLine.safeParse(JSON.parse(line));
      if (found.data?.service === service) return found.data.ports.health;
    }
    throw new Error(`no ${service} has said that it is ready`);
  }

  /** Everything that its processes have said on standard error. */
  said(): string {
    return readFileSync(join(this.directory, 'connector.log'), 'utf8');
  }

  async stop(): Promise<void> {
    await this.database.end();
    await this.process.stop();
    await rm(this.directory, { recursive: true, force: true });
  }
}

function dialsUs(id: Dialler): object {
  return {
    id,
    socket: 'server',
    token: tokenOf(id),
    ...(id === 'alf' && { btpVersion: 'BTP/alpha', username: id }),
    authority: 'admin',
    ledger: {
      prefix: `test.${id}.`,
      currencyCode: 'USD',
      currencyScale: 9,
      maxBalance: String(LIMIT),
      minBalance: String(-LIMIT),
    },
  };
}

async function databaseOf(directory: string): Promise<Client> {
  const file = readFileSync(join(directory, 'data', 'run', 'connector.json'), 'utf8');
  const { databaseUrl } = connectorFile.parse(JSON.parse(file));
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  return client;
}
