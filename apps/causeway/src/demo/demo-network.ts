import { randomUUID } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { stringify } from 'yaml';
import { ConnectorProcess } from './connector-process';
import { LIMIT, agreeOnTerms, demoConfiguration, type DemoTerms } from './demo-configuration';
import { HistoricPeer } from './historic-peer';
import type { PaymentOrder, PaymentOutcome, PeerWatch } from './historic-peer.messages';
import { planPayments } from './payment-plan';
import type { LedgerOpinions, PaymentsMade } from './reckoning';

const ROUTABLE_WITHIN_MS = 60_000;
const PROBE_EVERY_MS = 100;
const BOB_ADDRESS = 'test.bob.server';
const ALICE_ADDRESS = 'test.alice.client';

export interface DemoNetworkOptions {
  /** An existing directory: takes the configuration, the log file and the data directory. */
  readonly directory: string;
  readonly env: NodeJS.ProcessEnv;
  /** Added to the configuration, section by section. */
  readonly settings?: Readonly<Record<string, object>>;
  /** Added to its list of peers. */
  readonly morePeers?: readonly object[];
  /** Processes per service, as `--instances` takes them. */
  readonly instances?: string;
  readonly watchAlice?: PeerWatch;
  readonly watchBob?: PeerWatch;
}

export class NotRoutableError extends Error {
  override readonly name = 'NotRoutableError';

  constructor(from: string, to: string, outcome: PaymentOutcome | undefined) {
    super(`no payment from ${from} reaches ${to}; the last one: ${JSON.stringify(outcome)}`);
  }
}

/** alice and bob, who are historic peers, and our connector between them: four parties of processes. */
export class DemoNetwork {
  connector: ConnectorProcess;

  private constructor(
    readonly terms: DemoTerms,
    readonly alice: HistoricPeer,
    readonly bob: HistoricPeer,
    connector: ConnectorProcess,
  ) {
    this.connector = connector;
  }

  /** Starts everybody and waits until everybody is connected. */
  static async start(options: DemoNetworkOptions): Promise<DemoNetwork> {
    const terms = await agreeOnTerms();
    const started: { stop(): Promise<unknown> }[] = [];
    try {
      const bob = await startBob(terms, options.watchBob);
      started.push(bob);
      const connector = await startConnector(terms, options);
      started.unshift(connector);
      const alice = await startAlice(terms, options.watchAlice);
      started.push(alice);
      const network = new DemoNetwork(terms, alice, bob, connector);
      await network.routable();
      return network;
    } catch (error) {
      for (const party of started) await party.stop();
      throw error;
    }
  }

  get dataDir(): string {
    return this.connector.options.dataDir;
  }

  /** alice pays bob `there` times, and bob pays alice `back` times meanwhile. `name` must be new each time. */
  async pay(order: PaymentRound): Promise<PaymentsMade> {
    const { there, back, window, name, ...timing } = order;
    const plan = (count: number, direction: string, to: string): PaymentOrder[] =>
      planPayments({ count, name: `${name}-${direction}`, to, ...timing });
    const toBob = plan(there, 'there', BOB_ADDRESS);
    const toAlice = plan(back, 'back', ALICE_ADDRESS);
    const [thereMade, backMade] = await Promise.all([
      this.alice.pay(toBob, window),
      this.bob.pay(toAlice, Math.max(1, Math.ceil(window / 4))),
    ]);
    return { there: thereMade, back: backMade };
  }

  /** What the peers have counted themselves, beside what the connector says. */
  async opinions(ours: ReadonlyMap<string, string>): Promise<LedgerOpinions[]> {
    const peers = [this.alice, this.bob];
    return Promise.all(
      peers.map(async (peer) => {
        const { own } = await peer.balances();
        return { ledger: peer.name, ours: ours.get(peer.name) ?? '0', peer: own };
      }),
    );
  }

  /** Starts the connector again where it was stopped: the same configuration, ports and data. */
  async restartConnector(): Promise<void> {
    this.connector = await ConnectorProcess.start(this.connector.options);
    await this.routable();
  }

  /** Resolves when each peer can pay the other. */
  private async routable(): Promise<void> {
    const { alice, bob } = this;
    await Promise.all([alice, bob].map((peer) => peer.connected(ROUTABLE_WITHIN_MS)));
    await Promise.all([routable(alice, BOB_ADDRESS), routable(bob, ALICE_ADDRESS)]);
  }

  /** The connector first, so that it drains while its peers still answer. */
  async stop(): Promise<void> {
    await this.connector.stop();
    await Promise.all([this.alice.stop(), this.bob.stop()]);
  }
}

export interface PaymentRound {
  readonly there: number;
  readonly back: number;
  /** How many payments of alice are under way at once. */
  readonly window: number;
  readonly name: string;
  readonly delayMs?: number;
  readonly expiresInMs?: number;
  readonly ignoredForMs?: number;
}

/**
 * Waits until the peer can pay `to`: we learn a shadow's ledger only when its peer tells us. The probes are payments
 * that their receiver rejects, so they move no money.
 */
export async function routable(peer: HistoricPeer, to: string): Promise<void> {
  const untilMs = Date.now() + ROUTABLE_WITHIN_MS;
  for (;;) {
    const [outcome] = await peer.pay([probe(to)], 1);
    if (outcome?.code === 'F99') return;
    if (Date.now() > untilMs) throw new NotRoutableError(peer.name, to, outcome);
    await sleep(PROBE_EVERY_MS);
  }
}

function probe(to: string): PaymentOrder {
  const reason = { code: 'F99', name: 'Application Error', message: 'a probe' } as const;
  return {
    label: `probe-${randomUUID()}`,
    amount: '1100',
    delivers: '1000',
    to,
    expiresInMs: 5000,
    behaviour: { kind: 'reject', ...reason },
  };
}

async function startConnector(
  terms: DemoTerms,
  { directory, env, settings = {}, morePeers = [], instances = '' }: DemoNetworkOptions,
): Promise<ConnectorProcess> {
  const configFile = join(directory, 'causeway.yaml');
  const dataDir = join(directory, 'data');
  await mkdir(dataDir, { recursive: true });
  const base = demoConfiguration(terms);
  const configuration = merged({ ...base, peers: [...base.peers, ...morePeers] }, settings);
  await writeFile(configFile, stringify(configuration), { mode: 0o600 });
  const logFile = join(directory, 'connector.log');
  return ConnectorProcess.start({ configFile, dataDir, env, instances, logFile });
}

function merged(
  base: Readonly<Record<string, unknown>>,
  settings: Readonly<Record<string, object>>,
): Record<string, unknown> {
  const result: Record<string, unknown> = { ...base };
  for (const [section, values] of Object.entries(settings)) {
    const before = base[section];
    result[section] = { ...(typeof before === 'object' ? before : {}), ...values };
  }
  return result;
}

function startAlice(terms: DemoTerms, watch: PeerWatch = {}): Promise<HistoricPeer> {
  const options = {
    name: 'alice',
    role: 'dialler',
    uri: `btp+ws://:${terms.aliceToken}@127.0.0.1:${terms.btpPort}`,
    secret: terms.receiverSecret,
    stateful: true,
    maxBalance: LIMIT,
  } as const;
  return HistoricPeer.start(options, watch);
}

function startBob(terms: DemoTerms, watch: PeerWatch = {}): Promise<HistoricPeer> {
  const options = {
    name: 'bob',
    role: 'listener',
    port: terms.bobPort,
    token: terms.bobToken,
    ledger: { prefix: 'test.bob.', currencyCode: 'USD', currencyScale: 9 },
    secret: terms.receiverSecret,
    stateful: true,
    maxBalance: LIMIT,
  } as const;
  return HistoricPeer.start(options, watch);
}
