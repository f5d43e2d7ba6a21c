import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConfiguration } from './load-configuration';
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

function problems(document: unknown, more: Partial<ConfigurationSource> = {}) {
  return problemsOf({ document, env: {}, ...more });
}

/** `key: rule` of each problem. */
function complaints(document: unknown, more: Partial<ConfigurationSource> = {}): string[] {
  return problems(document, more).map(({ key, rule }) => `${key}: ${rule}`);
}

function yamlFile(text: string): string {
  const file = join(folder, `${Math.random()}.yaml`);
  writeFileSync(file, text);
  return file;
}

describe('what is wrong with a configuration', () => {
  it('is told all at once, one line each, with file, key and rule', () => {
    const file = yamlFile(
      [
        'connector: { spread: 2, colour: red }',
        'gateway: { listen: nowhere }',
        'limits: 5',
        'peers:',
        '  - { id: A!, socket: server, authority: admin }',
        '  - { id: b, socket: client, uri: "ws://x", authority: both, ledger: {} }',
      ].join('\n'),
    );
    const lines = problemsOf({ file, env: {} }).map(({ key }) => key);
    expect(lines).toEqual([
      'connector.address',
      'connector.spread',
      'connector.colour',
      'gateway.listen',
      'console.token',
      'limits',
      'peers[0].id',
      'peers[0].ledger',
      'peers[1].uri',
      'peers[1].authority',
      'peers[1].ledger.currencyCode',
      'peers[1].ledger.currencyScale',
    ]);
    expect(() => loadConfiguration({ file, env: {} })).toThrow(
      `${file}: connector.address: is required\n`,
    );
  });

  it('never repeats a secret', () => {
    const secret = 's3cr3t';
    const peers = [
      { ...alice, token: [secret] },
      { ...bob, uri: `btp+ws://a:${secret}@` },
    ];
    const env = { DATABASE_URL: `mysql://me:${secret}@db`, NATS_URL: `http://me:${secret}@x` };
    const document = { connector: { address: 'test.c', secret }, console: { token: [secret] } };
    const found = problems({ ...document, peers }, { env });
    expect(found).toHaveLength(6);
    expect(JSON.stringify(found)).not.toContain(secret);
    const file = yamlFile(`console: { token: ${secret}\n  - ${secret}: [`);
    expect(JSON.stringify(problemsOf({ file, env: {} }))).not.toContain(secret);
  });

  it.each([
    ['text that is no YAML', 'a: [', /is not YAML/],
    ['a key twice', 'log: {}\nlog: {}', /is not YAML/],
    ['a list', '- a', /mapping/],
    ['a bare word', 'a', /mapping/],
    ['an alias without anchor', 'log: *x', /is not YAML|alias/],
  ])('is a file that holds %s', (_, text, rule) => {
    const [problem] = problemsOf({ file: yamlFile(text), env: {} });
    expect(problem?.rule).toMatch(rule);
  });

  it('is a file that is not there', () => {
    expect(problemsOf({ file: '/nowhere.yaml', env: {} })).toEqual([
      { file: '/nowhere.yaml', key: '', rule: 'cannot be read' },
    ]);
  });

  it.each([
    ['an unknown section', { colour: {} }, 'colour: is not a known key'],
    [
      'an unknown scheme',
      { connector: { address: 'foo.bar' } },
      'connector.address: must be an ILP',
    ],
    [
      'routes that expire before they are repeated',
      { connector: { address: 'test.c', routeExpiryMs: 30_000 } },
      'connector.routeExpiryMs: must be longer than connector.routeBroadcastIntervalMs',
    ],
    [
      'a ledger process that is given up after two missed heartbeats',
      { limits: { ledgerHeartbeatMs: 900 } },
      'limits.ledgerStaleAfterMs: must be at least 3 times limits.ledgerHeartbeatMs',
    ],
    [
      'a gateway that is given up after two missed signs of life',
      { limits: { gatewayGoneAfterMs: 2_900 } },
      'limits.gatewayGoneAfterMs: must be at least 3 times limits.gatewayPresenceMs',
    ],
    [
      'an exposed console with a short token',
      { console: { listen: '0.0.0.0:7780', token: 'x'.repeat(23), tlsProxy: true } },
      'console.token: must have at least 24 characters when console.listen is not loopback',
    ],
    [
      'an exposed console without TLS',
      { console: { listen: '[::]:7780', token: 'x'.repeat(24) } },
      'console.tlsProxy: must be true when console.listen is not loopback',
    ],
    [
      'rates from elsewhere',
      { rates: { backend: 'oracle' } },
      'rates.backend: must be one-to-one or table or http',
    ],
    [
      'a port beyond 65535',
      { gateway: { listen: 'a:65536' } },
      'gateway.listen: must be host:port',
    ],
    ['a limit of zero', { limits: { partitions: 0 } }, 'limits.partitions: must be a whole number'],
    ['half a limit', { limits: { partitions: 1.5 } }, 'limits.partitions: must be a whole number'],
    ['no list of peers', { peers: {} }, 'peers: must be a list'],
    ['a peer that is a word', { peers: ['alice'] }, 'peers[0]: must be a mapping'],
  ])('is %s', (_, document, complaint) => {
    const [found, ...more] = complaints({ ...least, ...document });
    expect(found?.startsWith(complaint)).toBe(true);
    expect(more).toEqual([]);
  });

  it.each([
    [
      'a prefix without dot',
      { ledger: { ...alice.ledger, prefix: 'test.alice' } },
      'ledger.prefix: must end in a dot',
    ],
    [
      'a prefix of no scheme',
      { ledger: { ...alice.ledger, prefix: 'alice.' } },
      'ledger.prefix: must start with g.',
    ],
    [
      'a prefix with a hole',
      { ledger: { ...alice.ledger, prefix: 'test..a.' } },
      'ledger.prefix: must have no empty',
    ],
    [
      'an admin without prefix',
      { ledger: { ...alice.ledger, prefix: undefined } },
      'ledger.prefix: is required',
    ],
    [
      'an admin without limit',
      { ledger: { ...alice.ledger, maxBalance: undefined } },
      'ledger.maxBalance: is required',
    ],
    [
      'an amount that YAML cannot hold',
      { ledger: { ...alice.ledger, maxBalance: 2 ** 53 } },
      'ledger.maxBalance: must be whole base units, in quotes where',
    ],
    [
      'a broken amount',
      { ledger: { ...alice.ledger, maxBalance: 0.5 } },
      'ledger.maxBalance: must be whole base units',
    ],
    [
      'an amount with an exponent',
      { ledger: { ...alice.ledger, maxBalance: '1e9' } },
      'ledger.maxBalance: must be whole base units',
    ],
    [
      'an amount of 2^64',
      { ledger: { ...alice.ledger, maxBalance: '18446744073709551616' } },
      'ledger.maxBalance: must lie',
    ],
    [
      'a negative maxBalance',
      { ledger: { ...alice.ledger, maxBalance: '-1' } },
      'ledger.maxBalance: must not be negative',
    ],
    [
      'a positive minBalance',
      { ledger: { ...alice.ledger, minBalance: '1' } },
      'ledger.minBalance: must not be positive',
    ],
    [
      'a scale of 19',
      { ledger: { ...alice.ledger, currencyScale: 19 } },
      'ledger.currencyScale: must be',
    ],
    [
      'a currency of four letters',
      { ledger: { ...alice.ledger, currencyCode: 'EURO' } },
      'ledger.currencyCode: must be three',
    ],
    [
      'one account for both',
      { ledger: { ...alice.ledger, account: 'client' } },
      'ledger.peerAccount: must differ',
    ],
    ['an id that is no slug', { id: 'Alice' }, 'id: must be 1 to 63'],
    ['an id with a dot', { id: 'a.b' }, 'id: must be 1 to 63'],
    ['a server without token', { token: undefined }, 'token: is required for socket: server'],
    [
      'a digest that is none',
      { token: undefined, tokenSha256: 'alice-secret' },
      'tokenSha256: must be 64 lower-case hex digits',
    ],
    ['a token twice', { tokenSha256: 'a'.repeat(64) }, 'tokenSha256: must not stand beside token'],
    [
      'a client with a digest',
      { socket: 'client', uri: 'btp+ws://h', token: undefined, tokenSha256: 'a'.repeat(64) },
      'tokenSha256: is for socket: server',
    ],
    ['a server with uri', { uri: 'btp+ws://h' }, 'uri: is for socket: client only'],
    [
      'a client without uri',
      { socket: 'client', token: undefined },
      'uri: is required for socket: client',
    ],
    [
      'a client with token',
      { socket: 'client', uri: 'btp+ws://h' },
      'token: is for socket: server',
    ],
    [
      'a BTP to come',
      { btpVersion: 'BTP/2.0' },
      'btpVersion: BTP/2.0 is not supported yet; use BTP/1.0 or BTP/alpha',
    ],
    ['a BTP that there is not', { btpVersion: '1.0' }, 'btpVersion: must be BTP/1.0 or BTP/alpha'],
    [
      'an authority that there is not',
      { authority: 'both' },
      'authority: must be admin or shadow or symmetric or validated',
    ],
    [
      'a symmetric ledger without prefix',
      { authority: 'symmetric', ledger: { ...alice.ledger, prefix: undefined } },
      'ledger.prefix: is required for authority: symmetric',
    ],
    [
      'a symmetric ledger without limit',
      { authority: 'symmetric', ledger: { ...alice.ledger, maxBalance: undefined } },
      'ledger.maxBalance: is required for authority: symmetric',
    ],
    [
      'a validated ledger without our agreed name',
      { authority: 'validated', ledger: { ...alice.ledger, peerAccount: 'carol' } },
      'ledger.account: is required for authority: validated',
    ],
    [
      "a validated ledger without the other party's agreed name",
      { authority: 'validated', ledger: { ...alice.ledger, account: 'carol' } },
      'ledger.peerAccount: is required for authority: validated',
    ],
    [
      'settlement methods that are no list',
      { settlementMethods: {} },
      'settlementMethods: must be a list',
    ],
    [
      'a settlement method without uri',
      { settlementMethods: [{ type: 'bitcoin' }] },
      'settlementMethods[0].uri: is required',
    ],
    [
      'a settlement method with an unknown member',
      { settlementMethods: [{ type: 'custom', uri: 'https://a.example', fee: 1 }] },
      'settlementMethods[0].fee: is not a known key',
    ],
    ['a misspelt key', { tokken: 'x' }, 'tokken: is not a known key'],
  ])('is a peer with %s', (_, change, complaint) => {
    const found = complaints({ ...least, peers: [{ ...alice, ...change }] });
    expect(found).toHaveLength(1);
    expect(found[0]?.startsWith(`peers[0].${complaint}`)).toBe(true);
  });

  it('is what two peers share', () => {
    const twin = { ...alice, ledger: { ...alice.ledger, prefix: 'test.alice.inner.' } };
    expect(complaints({ ...least, peers: [alice, twin] })).toEqual([
      'peers[1].id: must not be the same as that of peers[0]',
      'peers[1].token: must not be the same as that of peers[0]',
      'peers[1].ledger.prefix: must not lie inside, or around, that of peers[0]',
    ]);
    const hashed = { ...twin, id: 'twin', token: undefined };
    const tokenSha256 = digestOfToken(alice.token);
    expect(complaints({ ...least, peers: [alice, { ...hashed, tokenSha256 }] })).toContain(
      'peers[1].token: must not be the same as that of peers[0]',
    );
    const other = { ...alice, id: 'other', username: 'other' };
    expect(complaints({ ...least, peers: [alice, other] })).toEqual([
      'peers[1].ledger.prefix: must not be the same as that of peers[0]',
    ]);
  });

  it.each([
    [{ connectorAccount: 'test.bob.client' }, 'connectorAccount: must start with connectorLedger'],
    [{ connectorAccount: 'test.alice.server' }, 'connectorAccount: is our own account'],
    [{ targetPrefix: 'test.far' }, 'targetPrefix: must be empty or a prefix: must end in a dot'],
  ])('is a route that leads nowhere: %p', (change, complaint) => {
    const route = {
      targetPrefix: '',
      connectorLedger: 'test.alice.',
      connectorAccount: 'test.alice.client',
    };
    const document = { ...least, peers: [alice] };
    const later = { connectorLedger: 'test.carol.', connectorAccount: 'test.carol.client' };
    expect(complaints({ ...document, routes: [route, { ...route, ...later }] })).toEqual([]);
    const found = complaints({ ...document, routes: [{ ...route, ...change }] });
    expect(found).toHaveLength(1);
    expect(found[0]?.startsWith(`routes[0].${complaint}`)).toBe(true);
  });

  it('is not a route over a ledger whose prefix a shadow will learn', () => {
    const route = {
      targetPrefix: 'test.far.',
      connectorLedger: 'test.bob.',
      connectorAccount: 'test.bob.server',
    };
    expect(complaints({ ...least, peers: [alice, bob], routes: [route] })).toEqual([]);
  });
});
