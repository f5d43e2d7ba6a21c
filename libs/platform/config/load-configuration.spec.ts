import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PeerSettings } from './configuration';
import { loadConfiguration, readConfiguration } from './load-configuration';
import type { ConfigurationSource } from './source-document';
import { digestOfToken } from './token-digest';
import { alice, bob, least, problemsOf } from '../../../test/support/configuration-documents';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'causeway-config-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

function load(document: object, more: Partial<ConfigurationSource> = {}) {
  return loadConfiguration({ document, env: {}, ...more });
}

function onlyPeer(document: object): PeerSettings {
  const [peer] = load({ ...least, peers: [document] }).peers;
  if (peer === undefined) throw new Error('no peer');
  return peer;
}

function problems(document: unknown, more: Partial<ConfigurationSource> = {}) {
  return problemsOf({ document, env: {}, ...more });
}

function yamlFile(text: string): string {
  const file = join(folder, `${Math.random()}.yaml`);
  writeFileSync(file, text);
  return file;
}

describe('loadConfiguration', () => {
  it('needs no more than an address and a token, and has every other setting by default', () => {
    expect(load(least)).toEqual({
      connector: {
        address: 'test.causeway',
        slug: 'test-causeway',
        spreadPpm: 2_000n,
        slippagePpm: 1_000n,
        minMessageWindowMs: 1_000,
        maxHoldTimeMs: 10_000,
        routeBroadcastIntervalMs: 30_000,
        routeExpiryMs: 45_000,
        broadcastRoutes: true,
        broadcastCurves: true,
        storeCurves: true,
        sectionRule: 'per-section',
        curvelessV17: 'omit',
        quoteExpiryMs: 45_000,
        shadowExpiryGraceMs: 1_000,
        compareBalancesEveryMs: 60_000,
        shadowAdoption: 'automatic',
        secret: undefined,
      },
      gateway: {
        listen: { host: '127.0.0.1', port: 7768 },
        alphaPath: '/alpha',
        rpcPath: '/rpc',
        tls: undefined,
      },
      console: {
        listen: { host: '127.0.0.1', port: 7780 },
        token: 'change-me',
        operators: [],
        tlsProxy: false,
      },
      health: { host: '127.0.0.1', basePort: 9464 },
      rates: { source: { backend: 'one-to-one' }, pairs: [] },
      limits: {
        btpFrameBytes: 65_536,
        tlsHandshakeMs: 5_000,
        httpRequestMs: 5_000,
        httpHeaderBytes: 8_192,
        authWaitMs: 2_000,
        requestTimeoutMs: 5_000,
        inFlightPerPeer: 10_000,
        requestsPerPeerPerSecond: 5_000,
        refusalsPerPeerPerSecond: 1_000,
        unauthenticatedSockets: 1_000,
        unauthenticatedSocketsPerAddress: 500,
        heldUntilOpen: 1_000,
        reconnectMinMs: 1_000,
        reconnectMaxMs: 60_000,
        steadyAfterMs: 60_000,
        refusedRetryMs: 60_000,
        foundPeerRetryMs: 30_000,
        heartbeatMs: 15_000,
        heartbeatMisses: 2,
        sendQueueBytes: 8_388_608,
        rpcTimeoutMs: 2_000,
        rpcCallsPerPeer: 64,
        rpcRetryMs: 30_000,
        sendHighWaterBytes: 1_048_576,
        sendLowWaterBytes: 262_144,
        sendStallMs: 30_000,
        quoteSharePercent: 90,
        repeatInsideMs: 1_000,
        settlingMs: 60_000,
        repeatFulfillMinMs: 10,
        repeatFulfillMaxMs: 1_000,
        peersRefreshMs: 30_000,
        lookUpsAtOnce: 16,
        peerTrialsAtOnce: 8,
        peerTrialMs: 10_000,
        queuePerPartition: 20_000,
        batchCommands: 512,
        partitions: 64,
        ledgerHeartbeatMs: 500,
        ledgerStaleAfterMs: 2_500,
        ledgerFiguresMs: 1_000,
        sessionGraceMs: 3_000,
        routesPerPeer: 100_000,
        routeBytesPerPeer: 67_108_864,
        routeDetailsPerPeer: 1_500_000,
        pointsPerCurveIn: 1_000,
        pointsPerCurveOut: 10,
        broadcastBytes: 524_288,
        broadcastRoutes: 10_000,
        broadcastsPerPeerPerSecond: 20,
        broadcastsPerPeerAtOnce: 2_000,
        broadcastRoutesPerPeerPerSecond: 5_000,
        remoteQuoteMs: 5_000,
        remoteQuoteKeptMs: 300_000,
        remoteQuotesPerPeer: 1_000,
        remoteQuotes: 10_000,
        remoteQuotesPerPeerAtOnce: 64,
        remoteQuotesAtOnce: 1_024,
        gatewayPresenceMs: 1_000,
        gatewayGoneAfterMs: 4_000,
        gatewaySettleMs: 300,
        confirmSessionMs: 10_000,
        finalTransfersCached: 20_000,
        feedStreams: 32,
        feedStallMs: 30_000,
        shutdownMs: 10_000,
      },
      log: { level: 'info' },
      audit: { keyFile: undefined, signHeadsEveryMs: 60_000 },
      retention: { packetsForDays: undefined },
      peers: [],
      routes: [],
      webfinger: {
        hostname: undefined,
        secret: undefined,
        title: 'test.causeway',
        publicRpcUri: undefined,
        publicBtpUri: undefined,
        timeoutMs: 3_000,
        maxBytes: 65_536,
        allowPrivateAddresses: false,
        retryMs: 30_000,
        cacheMs: 300_000,
      },
      databaseUrl: undefined,
      natsUrl: undefined,
    });
  });

  it('reads the peer who dials us and whose ledger we keep', () => {
    expect(load({ ...least, peers: [alice] }).peers).toEqual([
      {
        id: 'alice',
        discovery: 'btp',
        btpVersion: 'BTP/1.0',
        socket: 'server',
        uri: undefined,
        username: '',
        token: '',
        tokenDigest: '0c848abb03307b06cf70cd4e29c157dc81af5e94ab3eb1d0c59a120269572376',
        authority: 'admin',
        ledger: {
          prefix: 'test.alice.',
          currencyCode: 'USD',
          currencyScale: 9,
          account: 'server',
          peerAccount: 'client',
          maxBalance: 1_000n,
          minBalance: null,
        },
        settlementMethods: [],
        dialect: 'auto',
      },
    ]);
  });

  it('reads the peer whom we dial and who keeps the ledger, credentials from the uri', () => {
    const [peer] = load({ ...least, peers: [bob] }).peers;
    expect(peer).toMatchObject({ username: '', token: 'bob-secret', uri: bob.uri });
    expect(peer?.ledger).toEqual({
      prefix: undefined,
      currencyCode: 'USD',
      currencyScale: 9,
      account: 'client',
      peerAccount: 'server',
      maxBalance: null,
      minBalance: undefined,
    });
  });

  it.each([
    ['server', { account: 'server', peerAccount: 'client' }],
    ['client', { account: 'client', peerAccount: 'server' }],
  ] as const)(
    'reads the peer who keeps the ledger together with us, named by who is dialled: we are the %s',
    (socket, accounts) => {
      const change = socket === 'server' ? {} : { token: undefined, uri: bob.uri };
      const { ledger, authority } = onlyPeer({
        ...alice,
        socket,
        ...change,
        authority: 'symmetric',
      });
      expect(authority).toBe('symmetric');
      expect(ledger).toMatchObject({ ...accounts, prefix: 'test.alice.', minBalance: null });
    },
  );

  it('reads the validated peer, whose validator tells prefix and limit', () => {
    const agreed = { account: 'anna', peerAccount: 'otto' };
    const ledger = { ...bob.ledger, ...agreed };
    expect(onlyPeer({ ...bob, authority: 'validated', ledger }).ledger).toMatchObject({
      ...agreed,
      prefix: undefined,
      maxBalance: null,
      minBalance: undefined,
    });
  });

  it('reads the ways to settle', () => {
    const settlementMethods = [
      { type: 'bitcoin', uri: 'bitcoin:1BoatSLRHtKNngkdXEeobR76b53LETtpyT' },
      {
        type: 'custom',
        uri: 'https://a.example/pay',
        name: 'Bank',
        description: 'IBAN',
        logo: '/l',
      },
    ];
    expect(onlyPeer({ ...alice, settlementMethods }).settlementMethods).toEqual(settlementMethods);
  });

  it('loads the example beside the README', () => {
    const file = join(__dirname, '..', '..', '..', 'causeway.example.yaml');
    const configuration = loadConfiguration({ file, env: {} });
    expect(configuration.peers.map(({ id }) => id)).toEqual(['alice', 'bob']);
    expect(configuration.routes).toHaveLength(1);
  });

  it('is stable when another process reads the document it hands over', () => {
    const env = { CAUSEWAY_GATEWAY_LISTEN: '[::1]:0', NATS_URL: 'nats://u:p@127.0.0.1:4222' };
    const first = readConfiguration({ document: { ...least, peers: [alice, bob] }, env });
    const handed: unknown = JSON.parse(JSON.stringify(first.document));
    const second = readConfiguration({ document: handed, env: {} });
    expect(second.configuration).toEqual(first.configuration);
    expect(second.configuration.gateway.listen).toEqual({ host: '::1', port: 0 });
  });

  it.each([
    ['0', 0n],
    ['0.000001', 1n],
    ['0.1', 100_000n],
    ['0.999999', 999_999n],
    ['0.0020000000000000000', 2_000n],
  ])('converts a spread of %s exactly', (written, ppm) => {
    const file = yamlFile(
      `connector: { address: test.c, spread: ${written} }\nconsole: { token: x }\n`,
    );
    expect(loadConfiguration({ file, env: {} }).connector.spreadPpm).toBe(ppm);
  });

  it.each(['1', '1.0', '-0.1', '0.0000001', '.5', '1e-3', '"half"', '[]', '0.1000000000000000055'])(
    'refuses a spread of %s',
    (written) => {
      const file = yamlFile(
        `connector: { address: test.c, spread: ${written} }\nconsole: { token: x }\n`,
      );
      const [problem, ...more] = problemsOf({ file, env: {} });
      expect(more).toEqual([]);
      expect(problem).toMatchObject({ file, key: 'connector.spread' });
      expect(problem?.rule).toMatch(/decimal/);
    },
  );

  it('tells addresses apart that would give the same slug', () => {
    const slugs = ['test.a.b', 'test.a-b', 'test.A.b'].map(
      (address) => load({ ...least, connector: { address } }).connector.slug,
    );
    expect(slugs[0]).toBe('test-a-b');
    expect(new Set(slugs).size).toBe(3);
    for (const slug of slugs) expect(slug).toMatch(/^[a-z0-9-]+$/);
  });
});

describe('the environment', () => {
  it('is stronger than the file, and overrides are stronger than both', () => {
    const document = { ...least, limits: { partitions: 8, batchCommands: 10, authWaitMs: 100 } };
    const { limits } = load(document, {
      env: { CAUSEWAY_LIMITS_PARTITIONS: '16', CAUSEWAY_LIMITS_BATCH_COMMANDS: '20' },
      overrides: { 'limits.partitions': '32' },
    });
    expect(limits).toMatchObject({ partitions: 32, batchCommands: 20, authWaitMs: 100 });
  });

  it('gives addresses and the log level by the names that everyone knows', () => {
    const env = {
      DATABASE_URL: 'postgres://me:secret@db/causeway',
      NATS_URL: 'nats://n1:4222,nats://n2:4222',
      LOG_LEVEL: 'debug',
      PATH: '/bin',
    };
    expect(load(least, { env })).toMatchObject({
      databaseUrl: env.DATABASE_URL,
      natsUrl: env.NATS_URL,
      log: { level: 'debug' },
    });
  });

  it('can be all there is', () => {
    const env = { CAUSEWAY_CONNECTOR_ADDRESS: 'test.env', CAUSEWAY_CONSOLE_TOKEN: 'x' };
    expect(loadConfiguration({ env }).connector.address).toBe('test.env');
  });

  it('gives settings of a section within a section', () => {
    const env = {
      CAUSEWAY_GATEWAY_TLS_CERT_FILE: '/c.pem',
      CAUSEWAY_GATEWAY_TLS_KEY_FILE: '/k.pem',
    };
    const tls = { certFile: '/c.pem', keyFile: '/k.pem', reloadMs: 10_000 };
    expect(load(least, { env }).gateway.tls).toEqual(tls);
  });

  it('gives secrets by file, without the line end', () => {
    const token = yamlFile('from-a-file\n');
    const env = { CAUSEWAY_CONSOLE_TOKEN_FILE: token, CAUSEWAY_PEER_ALICE_2_TOKEN_FILE: token };
    const peers = [{ ...alice, id: 'alice-2', token: undefined }];
    const loaded = load({ ...least, peers }, { env });
    expect(loaded.console.token).toBe('from-a-file');
    expect(loaded.peers[0]?.tokenDigest).toBe(digestOfToken('from-a-file'));
  });

  it('counts a variable that is empty as absent', () => {
    expect(load(least, { env: { CAUSEWAY_CONSOLE_TOKEN: '' } }).console.token).toBe('change-me');
  });

  it('must not hold names with our prefix that are no settings, but wiring and tests may', () => {
    const env = {
      CAUSEWAY_GATEWAY_LISEN: '1',
      CAUSEWAY_PEER_CAROL_TOKEN: 'x',
      CAUSEWAY_TEST_NATS_URL: 'nats://x',
      CAUSEWAY_CONFIG_JSON: '{}',
    };
    expect(problems({ ...least, peers: [alice] }, { env })).toEqual([
      { file: 'environment', key: 'CAUSEWAY_GATEWAY_LISEN', rule: 'is not a known setting' },
      { file: 'environment', key: 'CAUSEWAY_PEER_CAROL_TOKEN', rule: 'is not a known setting' },
    ]);
  });

  it('is named when a value from it is wrong', () => {
    const env = { CAUSEWAY_LIMITS_PARTITIONS: 'many', CAUSEWAY_CONSOLE_TOKEN_FILE: '/nowhere' };
    expect(problems(least, { env })).toEqual([
      {
        file: 'environment',
        key: 'CAUSEWAY_CONSOLE_TOKEN_FILE',
        rule: 'names a file that cannot be read: /nowhere',
      },
      {
        file: 'environment CAUSEWAY_LIMITS_PARTITIONS',
        key: 'limits.partitions',
        rule: 'must be a whole number from 1 to 4096',
      },
    ]);
  });

  it('must not give a secret twice', () => {
    const env = { NATS_URL: 'nats://x', NATS_URL_FILE: '/run/secrets/nats' };
    expect(problems(least, { env })).toEqual([
      { file: 'environment', key: 'NATS_URL', rule: 'must not be set together with NATS_URL_FILE' },
    ]);
  });
});
