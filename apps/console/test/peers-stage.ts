import { createHash, randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type HostLookUpReply,
  type LedgerOpenReply,
  type LedgerOrderReply,
  type PeerStanding,
  type PeerTrialReply,
  readHostLookUp,
  readPeerTrial,
  subjectsOf,
} from '#contracts';
import { BusConnection, ControlListener, type Listening } from '#messaging';
import { logDatabase, type LogDatabase } from '#testing';
import { startService, type StartedService } from '../../../test/support/started-service';
import { testNatsUrl } from '../../../test/support/test-nats';
import { consoleService } from '../src/console-service';
import { consoleUrl } from '../src/console-url';

const CAROLS = 'token-of-carol';
/** Of the other side of every WebFinger peering. */
export const PUBLIC_KEY = 'ERvjqWwr9qqpVHUyDxMTPCfBmXr-62Y7nAxWWv-5mmw';

const usd = { currencyCode: 'USD', currencyScale: 9 };
/** Peers of the configuration: one dials us, one is dialled. */
const configured = [
  {
    id: 'alice',
    socket: 'server',
    token: 'alice-secret',
    authority: 'admin',
    ledger: { ...usd, prefix: 'test.alice.', maxBalance: '1000' },
  },
  {
    id: 'bob',
    socket: 'client',
    uri: 'btp+ws://:bob-secret@bob.example:9002',
    authority: 'shadow',
    ledger: usd,
  },
];

export interface Answered {
  readonly status: number;
  readonly body: unknown;
}

/** What the other services say next. */
interface Script {
  opening: LedgerOpenReply;
  trial: PeerTrialReply;
  found: HostLookUpReply;
  order: LedgerOrderReply;
  standings: PeerStanding[];
}

/** The console on PostgreSQL and NATS; ledger service and gateway say what the script says. */
export class PeersStage {
  readonly opened: unknown[] = [];
  readonly tried: Readonly<Record<string, unknown>>[] = [];
  readonly lookedUp: string[] = [];
  readonly ordered: unknown[] = [];
  private announced = 0;
  private isChanged = false;
  script: Script = beginning();
  private gateway: Listening[] = [];

  private constructor(
    readonly database: LogDatabase,
    private readonly service: StartedService,
    private readonly bus: BusConnection,
  ) {}

  static async open(configuration: object = {}): Promise<PeersStage> {
    const database = await logDatabase();
    const service = await startService(consoleService, {
      connector: { address: `test.spec-${randomBytes(4).toString('hex')}` },
      console: {
        listen: '127.0.0.1:0',
        token: 'token-of-everybody',
        operators: [{ name: 'carol', token: CAROLS }],
      },
      gateway: { publicUri: 'btp+wss://us.example/btp' },
      webfinger: { hostname: 'us.example' },
      peers: configured,
      databaseUrl: database.url,
      natsUrl: testNatsUrl(),
      ...configuration,
    });
    const bus = await BusConnection.connect({ url: testNatsUrl(), name: 'peers-spec' });
    const stage = new PeersStage(database, service, bus);
    stage.listenAsLedger();
    await stage.gatewayComes();
    return stage;
  }

  /** Nobody has heard or said anything; what is on record stays. */
  async begin(): Promise<void> {
    // The gateway is asked after whatever was announced, so what is still on its way arrives here.
    if (this.isChanged) await this.get();
    this.isChanged = false;
    for (const heard of [this.opened, this.tried, this.lookedUp, this.ordered]) heard.length = 0;
    this.announced = 0;
    this.script = beginning();
  }

  post(path: string, body: unknown): Promise<Answered> {
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    return this.ask(path, { method: 'POST', body: text });
  }

  /** Gateways have little time to answer, which a busy machine may need for itself: then it asks again. */
  async get(path = ''): Promise<Answered> {
    const deadline = performance.now() + 20_000;
    for (;;) {
      const answer = await this.ask(path, {});
      const { gateways } = answer.body as { gateways?: number };
      const expected = this.gateway.length > 0 ? 1 : 0;
      if (gateways === undefined || gateways === expected) return answer;
      if (performance.now() > deadline) throw new Error(`${gateways} gateways, not ${expected}`);
    }
  }

  /** Who is who by now, and the whole log: what a failure must not change. */
  async everything(): Promise<unknown> {
    return { listed: (await this.get()).body, logged: await this.logged() };
  }

  /** Were peers said to have changed so often since the beginning, and no more often? */
  async announcedTimes(count: number): Promise<boolean> {
    const deadline = performance.now() + 10_000;
    while (this.announced < count && performance.now() < deadline) await sleep(10);
    await this.bus.roundTrip(10_000);
    return this.announced === count;
  }

  /** Everything that the log says, in order. */
  logged(): Promise<Record<string, unknown>[]> {
    return this.database.dataSource.query(
      'SELECT ledger_id, type, payload FROM ledger_events ORDER BY partition, position',
    );
  }

  /** What is kept beside the log of what a peer presents, or we to it. */
  credentials(peerId: string): Promise<unknown> {
    return this.database.dataSource.query(
      'SELECT token_sha256, token, uri FROM peer_credentials WHERE peer_id = $1',
      [peerId],
    );
  }

  async gatewayComes(): Promise<void> {
    const listener = new ControlListener(this.bus);
    const { peerTrial, hostLookUp, peerState } = this.subjects;
    this.gateway = [
      listener.listen(peerTrial, (question) => {
        this.tried.push(readPeerTrial(question).document);
        return Promise.resolve(this.script.trial);
      }),
      listener.listen(hostLookUp, (question) => {
        this.lookedUp.push(readHostLookUp(question).hostname);
        return Promise.resolve(this.script.found);
      }),
      listener.listen(peerState, () =>
        Promise.resolve({ gatewayId: 'gateway-1', peers: this.script.standings }),
      ),
    ];
    await this.bus.roundTrip(10_000);
  }

  async gatewayLeaves(): Promise<void> {
    await Promise.all(this.gateway.splice(0).map((listening) => listening.stop()));
    await this.bus.roundTrip(10_000);
  }

  async close(): Promise<void> {
    await this.service.stop();
    await this.bus.drain();
    await this.database.drop();
  }

  private get subjects() {
    return subjectsOf(this.service.context.configuration.connector.slug);
  }

  private listenAsLedger(): void {
    const listener = new ControlListener(this.bus);
    listener.listen(this.subjects.ledgerOpen, (ledger) => {
      this.opened.push(ledger);
      return Promise.resolve(this.script.opening);
    });
    listener.listen(this.subjects.ledgerOrder, (order) => {
      this.ordered.push(order);
      return Promise.resolve(this.script.order);
    });
    this.bus.nats.subscribe(this.subjects.peersChanged, {
      callback: () => {
        this.announced += 1;
      },
    });
  }

  private async ask(path: string, request: RequestInit): Promise<Answered> {
    const headers = { authorization: `Bearer ${CAROLS}`, 'content-type': 'application/json' };
    const url = `${consoleUrl(this.service.app)}/api/peers${path}`;
    const response = await fetch(url, { ...request, headers });
    const body: unknown = await response.json();
    if (request.method === 'POST' && response.ok) this.isChanged = true;
    return { status: response.status, body };
  }
}

/** A session with the scripted gateway. */
export const openNow = (peerId: string): PeerStanding => ({
  peerId,
  state: 'open',
  sinceMs: 0,
  reason: '',
  lastSeenMs: 1_000,
  heard: { prefix: 'test.dave.' },
  told: { balance: '0' },
});

export const digestOf = (token: string): string => createHash('sha256').update(token).digest('hex');

/** That there is no such ledger, or why it does not obey. */
export const refusal = (kind: string): LedgerOrderReply => ({
  outcome: 'refused',
  refusal: { kind, message: kind, field: null, rule: null, figures: {} },
});

const aLedger = {
  ...usd,
  ledger: 'x',
  standing: 'closed',
  balance: '0',
  incomingPrepared: '0',
  outgoingPrepared: '0',
  maxBalance: null,
  minBalance: null,
  thresholds: { low: null, high: null, settleTo: null },
  beyond: { low: false, high: false },
  difference: null,
} as const;

function beginning(): Script {
  return {
    opening: { outcome: 'opened' },
    trial: {
      ...usd,
      outcome: 'ok',
      prefix: 'test.dave.',
      account: 'test.dave.client',
      limit: '1000',
      balance: '0',
    },
    found: { outcome: 'found', publicKey: PUBLIC_KEY },
    order: { outcome: 'done', event: 'LedgerClosed', version: 2, ledger: aLedger },
    standings: [],
  };
}
