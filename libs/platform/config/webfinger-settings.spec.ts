import type { Configuration } from './configuration';
import { ConfigurationError } from './configuration-error';
import { loadConfiguration } from './load-configuration';

const wallet2 = {
  id: 'wallet2',
  discovery: 'webfinger',
  hostname: 'wallet2.example',
  authority: 'symmetric',
  ledger: { currencyCode: 'USD', currencyScale: 9, maxBalance: '1000' },
};
const SECRET = Buffer.alloc(32, 7).toString('base64');
const FOUND = { hostname: 'wallet1.example' };

interface Written {
  readonly gateway?: object;
  readonly webfinger?: object;
  readonly peers?: readonly object[];
  readonly env?: Record<string, string>;
}

function load(written: Written = {}): Configuration {
  const { gateway = {}, webfinger = FOUND, peers = [wallet2], env = {} } = written;
  const document = {
    connector: { address: 'test.causeway' },
    console: { token: 'change-me' },
    gateway,
    webfinger,
    peers,
  };
  return loadConfiguration({ document, env });
}

function problems(written: Written): string[] {
  try {
    load(written);
    return [];
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    return error.problems.map(({ key, rule }) => `${key}: ${rule}`);
  }
}

describe('the section webfinger', () => {
  it('is off without a hostname', () => {
    const { webfinger } = load({ webfinger: {}, peers: [] });
    expect(webfinger).toMatchObject({ hostname: undefined, publicRpcUri: undefined });
  });

  it.each([
    ['by TLS, unless said otherwise', 'btp+wss://w.example', 'a.example', 'btp+wss://w.example'],
    ['not without TLS', 'btp+ws://w.example', 'a.example', undefined],
    ['without TLS on this machine', 'btp+ws://localhost', 'localhost:1', 'btp+ws://localhost'],
    ['nowhere if it is off', 'btp+wss://w.example', undefined, undefined],
  ])('is dialled where invitations say: %s', (_, publicUri, hostname, publicBtpUri) => {
    const webfinger = hostname === undefined ? {} : { hostname };
    const loaded = load({ gateway: { publicUri }, webfinger, peers: [] });
    expect(loaded.webfinger.publicBtpUri).toBe(publicBtpUri);
  });

  it('is dialled elsewhere if it says so', () => {
    const webfinger = { ...FOUND, publicBtpUri: 'btp+wss://other.example' };
    const { webfinger: loaded } = load({
      gateway: { publicUri: 'btp+wss://a.example' },
      webfinger,
    });
    expect(loaded.publicBtpUri).toBe('btp+wss://other.example');
  });

  it('says where we are called, by what stands elsewhere', () => {
    expect(load({ webfinger: { hostname: 'https://Wallet1.Example/' } }).webfinger).toEqual({
      hostname: 'wallet1.example',
      secret: undefined,
      title: 'test.causeway',
      publicRpcUri: 'https://wallet1.example/rpc',
      publicBtpUri: undefined,
      timeoutMs: 3_000,
      maxBytes: 65_536,
      allowPrivateAddresses: false,
      retryMs: 30_000,
      cacheMs: 300_000,
    });
    const local = load({ webfinger: { hostname: 'localhost:8080' } });
    expect(local.webfinger.publicRpcUri).toBe('http://localhost:8080/rpc');
  });

  it('takes its secret from the environment, as base64 or base64url', () => {
    const env = { CAUSEWAY_WEBFINGER_SECRET: SECRET };
    expect(load({ env }).webfinger.secret).toBe(SECRET);
  });

  it.each<[string, object, string]>([
    ['a host of two', { hostname: 'a b' }, 'webfinger.hostname: must be host'],
    ['a short secret', { ...FOUND, secret: 'c2VlY3JldA' }, 'webfinger.secret: must be 16 bytes'],
    [
      'credentials for all',
      { ...FOUND, publicBtpUri: 'btp+wss://:t@wallet1.example' },
      'webfinger.publicBtpUri: must not hold credentials',
    ],
    [
      'no BTP URI',
      { ...FOUND, publicBtpUri: 'wss://wallet1.example' },
      'webfinger.publicBtpUri: not a BTP URI',
    ],
    ['a query', { ...FOUND, publicRpcUri: 'https://h/rpc?x' }, 'webfinger.publicRpcUri: must be'],
    [
      'its own',
      { hostname: 'wallet2.example' },
      'webfinger.hostname: must not be that of the peer',
    ],
    ['no hostname', {}, 'webfinger.hostname: is required for the peer wallet2'],
  ])('refuses %s', (_, webfinger, problem) => {
    expect(problems({ webfinger }).join()).toContain(problem);
  });
});

describe('a peer with discovery: webfinger', () => {
  it('is known by its host; all else is derived', () => {
    const [peer] = load().peers;
    expect(peer).toMatchObject({
      discovery: 'webfinger',
      hostname: 'wallet2.example',
      authority: 'symmetric',
      rpcUri: undefined,
      uri: undefined,
      token: '',
      tokenDigest: undefined,
      ledger: { prefix: undefined, account: '', peerAccount: '', maxBalance: 1_000n },
    });
  });

  it('may stand there once for each currency', () => {
    const ledger = { ...wallet2.ledger, currencyCode: 'EUR' };
    const both = [wallet2, { ...wallet2, id: 'wallet2-eur', ledger }];
    expect(load({ peers: both }).peers).toHaveLength(2);
    const twice = [wallet2, { ...wallet2, id: 'wallet2-again' }];
    expect(problems({ peers: twice }).join()).toContain('wallet2-again and wallet2 must differ');
  });

  const derived = { ...wallet2.ledger, prefix: 'peer.x.usd.9.', account: 'a', peerAccount: 'b' };
  it.each<[string, object, string[]]>([
    ['no hostname', { hostname: undefined }, ['hostname']],
    ['another authority', { authority: 'admin' }, ['authority']],
    ['what is derived', { ledger: derived }, ['ledger.prefix', 'ledger.account']],
    ['a token', { token: 'x' }, ['token']],
    ['its digest', { tokenSha256: 'ab'.repeat(32) }, ['tokenSha256']],
    ['a uri', { uri: 'btp+ws://h' }, ['uri']],
    ['an rpcUri', { rpcUri: 'https://h/rpc' }, ['rpcUri']],
    ['a transport', { transport: 'rpc' }, ['transport']],
    ['a socket', { socket: 'server' }, ['socket']],
    ['a username', { username: 'x' }, ['username']],
    ['BTP/alpha', { btpVersion: 'BTP/alpha' }, ['btpVersion']],
    ['a short key', { publicKey: 'abc' }, ['publicKey']],
    ['no maxBalance', { ledger: { currencyCode: 'USD', currencyScale: 9 } }, ['ledger.maxBalance']],
  ])('refuses %s', (_, change, keys) => {
    const found = problems({ peers: [{ ...wallet2, ...change }] });
    for (const key of keys) expect(found.join()).toContain(`peers[0].${key}: `);
  });

  it('alone has a hostname and a public key', () => {
    const peer = { ...wallet2, discovery: 'btp', socket: 'client', uri: 'btp+ws://h' };
    const found = problems({ peers: [{ ...peer, publicKey: 'A'.repeat(43) }] });
    expect(found).toContain('peers[0].hostname: is for discovery: webfinger only');
    expect(found).toContain('peers[0].publicKey: is for discovery: webfinger only');
  });
});
