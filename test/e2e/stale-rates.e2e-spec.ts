import { z } from 'zod';
import { decodeIlp, encodeIlp, ilpEntry, type IlpPacket, protocolEntry } from '#protocol';
import { NothingCameError } from '#testing';
import { ScriptedSource } from '../../apps/quoter/test/scripted-source';
import { onCommandLine } from '../support/command-line';
import { ConnectorUnderTest } from '../support/connector-under-test';
import { ConsoleApi } from '../support/console-api';
import { dialsUs, tokenOf } from '../support/dialling-peers';
import { HeardRoutes } from '../support/heard-routes';
import { PayingPeer } from '../support/paying-peer';
import { until } from '../support/running-connector';

const STARTED_WITHIN_MS = 240_000;
const WITHIN_MS = 60_000;
const LIMIT = 10n ** 12n;
/** Longer than a machine that is too busy may pause: nothing is to become too old by that. */
const MAX_AGE_MS = 12_000;

jest.setTimeout(STARTED_WITHIN_MS);

/** One dollar, and what it brings in cents of the euro at 1.25 and at 1.6 dollars for one. */
const DOLLAR = 1_000_000_000n;
const AT_FIRST = 80n;
const LATER = 62n;

const LEDGERS = {
  usd: { prefix: 'test.usd.', currencyCode: 'USD', currencyScale: 9 },
  eur: { prefix: 'test.eur.', currencyCode: 'EUR', currencyScale: 2 },
  dollars: { prefix: 'test.dollars.', currencyCode: 'USD', currencyScale: 6 },
} as const;
type Name = keyof typeof LEDGERS;
const NAMES = ['usd', 'eur', 'dollars'] as const;

const configuration = (rates: object): object => ({
  connector: {
    address: 'test.causeway',
    spread: 0,
    routeBroadcastIntervalMs: 500,
    routeExpiryMs: 10_000,
  },
  rates,
  peers: NAMES.map((id) => dialsUs(id, { limit: LIMIT, ledger: LEDGERS[id] })),
});

/** A connector and a peer on each of its ledgers. */
class Scene {
  private constructor(
    readonly connector: ConnectorUnderTest,
    private readonly peers: Readonly<Record<Name, PayingPeer>>,
  ) {}

  static async start(rates: object): Promise<Scene> {
    const connector = await ConnectorUnderTest.start(configuration(rates));
    const dial = (name: Name): Promise<PayingPeer> =>
      PayingPeer.dial({ url: connector.url, token: tokenOf(name) });
    const peers = {
      usd: await dial('usd'),
      eur: await dial('eur'),
      dollars: await dial('dollars'),
    };
    return new Scene(connector, peers);
  }

  async stop(): Promise<void> {
    await Promise.all(Object.values(this.peers).map((peer) => peer.close()));
    await this.connector.stop();
  }

  heardBy(name: Name): HeardRoutes {
    return new HeardRoutes(this.peers[name].btp.requests, LEDGERS[name].prefix);
  }

  /** What the peer on the dollars was told that a dollar brings; undefined = there is no route. */
  told(): bigint | undefined {
    const curve = this.heardBy('usd').curves.get(LEDGERS.eur.prefix);
    // The curve is shifted by one, for the rounding of whoever is before.
    return curve?.amountAt(DOLLAR + 1n);
  }

  /** Cents that a dollar brings, the code of the error, or `silence`. */
  async quote(): Promise<bigint | string> {
    const request: IlpPacket = {
      type: 'by-source-request',
      destinationAccount: `${LEDGERS.eur.prefix}client`,
      sourceAmount: DOLLAR,
      destinationHoldDurationMs: 5_000,
    };
    const answer = await this.peers.usd.btp.message(ilpEntry(encodeIlp(request))).catch(silence);
    if (answer === 'silence') return answer;
    const quoted = ilpIn(answer.type === 'response' ? answer.protocolData : []);
    if (quoted?.type === 'by-source-response') return quoted.destinationAmount;
    return quoted?.type === 'error' ? quoted.code : answer.type;
  }

  /** A dollar from one peer to another. `fulfilled`, or the code of the error. */
  async pay(delivers: bigint, [from, to]: readonly [Name, Name] = ['usd', 'eur']): Promise<string> {
    const { btp } = this.peers[from];
    const amount = from === 'usd' ? DOLLAR : 1_000_000n;
    const address = `${LEDGERS[to].prefix}client`;
    const outcome = await this.peers[from].pay({ to: address, amount, delivers });
    if (outcome !== 'rejected') return outcome;
    const reject = btp.received.all.findLast(({ type }) => type === 'reject');
    const error = reject?.type === 'reject' ? ilpIn(reject.protocolData) : undefined;
    return error?.type === 'error' ? error.code : outcome;
  }

  async ratesHealth(): Promise<z.infer<typeof ratesHealth>> {
    const page = await this.connector.page('quoter', 'readyz?verbose');
    expect(page.status).toBe(200);
    return ratesHealth.parse(await page.json());
  }

  /** One figure of a service; undefined where it says none. */
  async figure(service: string, name: string): Promise<number | undefined> {
    const text = await (await this.connector.page(service, 'metrics')).text();
    const line = text.split('\n').find((one) => one.startsWith(name));
    return line === undefined ? undefined : Number(line.slice(line.lastIndexOf(' ') + 1));
  }

  /** A route counts once the peer has acknowledged it, and each has its own tick. */
  async showsRoutesTold(count: number): Promise<void> {
    await until(WITHIN_MS, `the peer on the dollars knows ${count} routes`, async () => {
      return (await this.figure('router', 'causeway_router_routes_told{peer="usd"')) === count;
    });
  }
}

function silence(error: unknown): 'silence' {
  if (error instanceof NothingCameError) return 'silence';
  throw error;
}

const ratesHealth = z.object({
  ready: z.literal(true),
  checks: z.object({
    rates: z.object({
      detail: z.object({ state: z.string(), ageMs: z.number(), failures: z.number() }),
    }),
  }),
});

function ilpIn(data: Parameters<typeof protocolEntry>[0]): IlpPacket | undefined {
  const entry = protocolEntry(data, 'ilp');
  return entry === undefined ? undefined : decodeIlp(entry.data);
}

describe('rates from a source that stops', () => {
  let source: ScriptedSource;
  let scene: Scene;
  /** Everything that was quoted, over all of the time. */
  const quoted: (bigint | string)[] = [];
  let quoting: Promise<void>;
  let isOver = false;

  const says = (dollars: string): void => {
    source.says(`{"USD":${dollars}}`, 'application/json');
  };
  /** A fetch that took too long counts as one that failed, until the next one. */
  const showsThemFetched = (): Promise<void> =>
    until(WITHIN_MS, 'the latest fetch succeeded', async () => {
      const { state, failures } = (await scene.ratesHealth()).checks.rates.detail;
      return state === 'fresh' && failures === 0;
    });
  const keepQuoting = async (): Promise<void> => {
    while (!isOver) {
      quoted.push(await scene.quote());
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };

  beforeAll(async () => {
    source = await ScriptedSource.start();
    says('1.25');
    const http = { url: source.url, format: 'json', base: 'EUR', allowPrivateAddresses: true };
    const pace = { pollMs: 200, retryMinMs: 100, retryMaxMs: 200, maxAgeMs: MAX_AGE_MS };
    scene = await Scene.start({ backend: 'http', http: { ...http, ...pace } });
  }, STARTED_WITHIN_MS);

  afterAll(async () => {
    isOver = true;
    await quoting;
    await scene.stop();
    await source.close();
  });

  it('are told, quoted and paid by while it answers', async () => {
    await until(WITHIN_MS, 'the route is told', () => scene.told() === AT_FIRST);
    await until(WITHIN_MS, 'a dollar is quoted', async () => (await scene.quote()) === AT_FIRST);
    quoting = keepQuoting();
    await until(WITHIN_MS, 'a dollar is paid', async () => {
      return (await scene.pay(AT_FIRST)) === 'fulfilled';
    });
    expect(await scene.pay(AT_FIRST + 1n)).toBe('R01');
    await showsThemFetched();
    expect(await scene.figure('quoter', 'causeway_quoter_rates_usable')).toBe(1);
    await scene.showsRoutesTold(2);
  });

  it('still count for as long as they may be old', async () => {
    source.answer = (request) => request.socket.destroy();
    await until(WITHIN_MS, 'failures are counted', async () => {
      return ((await scene.figure('quoter', 'causeway_quoter_rates_failures_total')) ?? 0) > 0;
    });
    const { state, ageMs } = (await scene.ratesHealth()).checks.rates.detail;
    // A machine that is too busy may have taken all of that time.
    expect(state).toBe(ageMs < MAX_AGE_MS ? 'fresh' : 'stale');
  });

  it('are withdrawn then, with the routes of these pairs and no others', async () => {
    await until(WITHIN_MS, 'the route is withdrawn', () => scene.told() === undefined);
    expect(scene.heardBy('usd').withdrawn).toEqual([LEDGERS.eur.prefix]);
    await until(WITHIN_MS, 'so are those from the euro', () => {
      return scene.heardBy('eur').curves.size === 0;
    });
    const { withdrawn } = scene.heardBy('eur');
    expect([...withdrawn].sort()).toEqual([LEDGERS.dollars.prefix, LEDGERS.usd.prefix]);
    const { detail } = (await scene.ratesHealth()).checks.rates;
    expect(detail.state).toBe('stale');
    expect(detail.ageMs).toBeGreaterThanOrEqual(MAX_AGE_MS);
    expect(detail.failures).toBeGreaterThan(0);
    expect(await scene.figure('quoter', 'causeway_quoter_rates_usable')).toBe(0);
    const age = await scene.figure('quoter', 'causeway_quoter_rates_age_seconds');
    expect(age).toBeGreaterThanOrEqual(MAX_AGE_MS / 1_000);
    await scene.showsRoutesTold(1);
    const shown = await onCommandLine('rates', 'show', '--data', scene.connector.dataDir);
    expect(shown.out).toContain('too old to be used');
  });

  it('are no rates for a payment meanwhile, but one currency is one', async () => {
    // The router has withdrawn them; a quoter does so at its own time.
    await until(WITHIN_MS, 'nothing is quoted', async () => (await scene.quote()) === 'T01');
    expect(await scene.pay(1n)).toBe('T01');
    expect(await scene.pay(1n, ['dollars', 'eur'])).toBe('T01');
    expect(await scene.pay(1_000_000n, ['usd', 'dollars'])).toBe('fulfilled');
    expect(await scene.pay(DOLLAR, ['dollars', 'usd'])).toBe('fulfilled');
    expect(scene.heardBy('usd').withdrawn).toEqual([LEDGERS.eur.prefix]);
  });

  it('are told and paid by again when it is back, as they are by then', async () => {
    says('1.6');
    await until(WITHIN_MS, 'the route is told anew', () => scene.told() === LATER);
    await until(WITHIN_MS, 'a dollar is paid', async () => {
      return (await scene.pay(LATER)) === 'fulfilled';
    });
    expect(await scene.pay(AT_FIRST)).toBe('R01');
    await showsThemFetched();
    expect(await scene.figure('quoter', 'causeway_quoter_rates_usable')).toBe(1);
    await scene.showsRoutesTold(2);
  });

  it('are quoted right or not at all, all of the time', async () => {
    await until(WITHIN_MS, 'they are quoted anew', () => quoted.at(-1) === LATER);
    isOver = true;
    await quoting;
    expect(quoted).toContain('T01');
    const amounts = quoted.filter((one) => typeof one === 'bigint');
    const changes = amounts.filter((one, index) => one !== amounts[index - 1]);
    expect(changes).toEqual([AT_FIRST, LATER]);
  });

  it('leave the whole story on record', async () => {
    const console = new ConsoleApi(scene.connector.dataDir, 'carol');
    const types = (await console.events('_connector')).map(
      ({ type }) => /Rates\w+/.exec(type)?.[0],
    );
    const story = types.filter((type) => type !== 'RatesConfirmed');
    expect(story).toEqual(['RatesPublished', 'RatesWithdrawn', 'RatesPublished']);
  });
});

describe('rates of a table', () => {
  let scene: Scene;

  beforeAll(async () => {
    const table = { base: 'EUR', rates: { USD: '1.25', GBP: '0.8' } };
    scene = await Scene.start({ backend: 'table', table });
  }, STARTED_WITHIN_MS);

  afterAll(() => scene.stop());

  it('are told anew, with the new curve, when an operator has set others', async () => {
    await until(WITHIN_MS, 'the route is told', () => scene.told() === AT_FIRST);
    const words = ['rates', 'set', 'USD=1.6', '--data', scene.connector.dataDir];
    expect(await onCommandLine(...words)).toMatchObject({ code: 0 });
    await until(WITHIN_MS, 'the route is told anew', () => scene.told() === LATER);
    expect(scene.heardBy('usd').withdrawn).toEqual([]);
    await until(WITHIN_MS, 'a dollar is paid', async () => {
      return (await scene.pay(LATER)) === 'fulfilled';
    });
    expect(await scene.pay(AT_FIRST)).toBe('R01');
  });

  it('lose the routes of a currency that has no rate any more', async () => {
    const words = ['rates', 'set', 'USD=none', '--data', scene.connector.dataDir];
    expect(await onCommandLine(...words)).toMatchObject({ code: 0 });
    await until(WITHIN_MS, 'the route is withdrawn', () => scene.told() === undefined);
    expect(scene.heardBy('usd').withdrawn).toEqual([LEDGERS.eur.prefix]);
    expect(await scene.pay(1n)).toBe('F02');
  });
});
