import { createHash } from 'node:crypto';
import { ConnectorLog } from '#event-store';
import { type NamedPeer, readPeerDocument } from '#platform';
import { logDatabase, type LogDatabase } from '../testing/log-database';
import { type PeerAddition, PeerRegistry, PeerRegistryError, type PeerRegistryRule } from '.';

const identity = { connector: 'test.causeway', partitions: 64 };
const NOON_MS = 1_800_000_000_000;
const digest = (token: string): string => createHash('sha256').update(token).digest('hex');

const usd = { currencyCode: 'USD', currencyScale: 9 };
const dials = {
  id: 'dave',
  socket: 'server',
  username: 'd',
  token: 'secret-of-dave',
  authority: 'admin',
  ledger: { ...usd, prefix: 'test.dave.', maxBalance: '1000' },
};
const dialled = {
  id: 'erin',
  socket: 'client',
  uri: 'btp+wss://us:secret-of-erin@erin.example/btp',
  authority: 'shadow',
  ledger: usd,
};
const called = {
  id: 'frank',
  transport: 'rpc',
  rpcUri: 'https://frank.example/rpc',
  token: 'secret-of-frank',
  authority: 'symmetric',
  ledger: {
    ...usd,
    prefix: 'test.frank.',
    account: 'our-key',
    peerAccount: 'their-key',
    maxBalance: '1000',
  },
};
const found = {
  id: 'grace',
  discovery: 'webfinger',
  hostname: 'https://Grace.example/',
  authority: 'symmetric',
  ledger: { currencyCode: 'usd', currencyScale: 9, maxBalance: 'unlimited' },
};
const inFile: NamedPeer = {
  name: 'peers[0]',
  peer: readPeerDocument({
    ...dials,
    id: 'alice',
    ledger: { ...dials.ledger, prefix: 'test.alice.' },
  }),
};

let database: LogDatabase;
let registry: PeerRegistry;
let nowMs: number;
beforeEach(async () => {
  database = await logDatabase();
  nowMs = NOON_MS;
  registry = registryOn(database.dataSource);
});
afterEach(() => database.drop());

const registryOn = (dataSource: LogDatabase['dataSource']) =>
  new PeerRegistry(new ConnectorLog(dataSource, identity), () => nowMs);

const addition = (document: unknown, more: Partial<PeerAddition> = {}): PeerAddition => ({
  document,
  by: 'carol',
  configured: [],
  ownHostname: 'us.example',
  ...more,
});
const add = (document: unknown, more: Partial<PeerAddition> = {}) =>
  registry.add(addition(document, more));

const around = { configured: [], ownHostname: 'us.example' };
const rotate = (
  peerId: string,
  credentials: Parameters<PeerRegistry['rotateToken']>[0]['credentials'],
) => registry.rotateToken({ peerId, credentials, by: 'carol', ...around });
const remove = (peerId: string) =>
  registry.remove({ peerId, reason: 'gone', ledger: 'kept', by: 'carol', configured: [] });

/** Everything that the log says of peers. */
const logged = async (): Promise<string> =>
  JSON.stringify(await database.dataSource.query('SELECT type, payload FROM ledger_events'));

async function refused(change: Promise<unknown>, rule: PeerRegistryRule, words: RegExp) {
  const before = await logged();
  const error = await change.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(PeerRegistryError);
  expect(error).toMatchObject({ rule });
  expect(String(error)).toMatch(words);
  expect(String(error)).not.toMatch(/secret-of/);
  expect(await logged()).toBe(before);
}

test('peers of every kind are listed as they were added, and no event holds a secret', async () => {
  for (const document of [dials, dialled, called, found]) {
    expect(await add(document)).toMatchObject({ event: 'PeerAdded' });
    nowMs += 1_000;
  }
  const { version, peers, proposals, unusable } = await registry.list();
  expect({ version, proposals, unusable }).toEqual({ version: 4, proposals: [], unusable: [] });
  expect(peers.map(({ peerId, revision, addedAtMs }) => [peerId, revision, addedAtMs])).toEqual([
    ['dave', 1, NOON_MS],
    ['erin', 2, NOON_MS + 1_000],
    ['frank', 3, NOON_MS + 2_000],
    ['grace', 4, NOON_MS + 3_000],
  ]);
  const given = [dials, dialled, called, found].map((document) => readPeerDocument(document));
  expect(peers.map(({ settings }) => settings)).toEqual(given);
  const { token, ...daveWithoutToken } = dials;
  expect(peers[0]?.document).toEqual({ ...daveWithoutToken, tokenSha256: digest(token) });
  expect(peers[1]?.document).toEqual(dialled);
  expect(peers[2]?.document).toEqual(called);

  const text = await logged();
  for (const secret of ['secret-of-dave', digest(token), 'secret-of-erin', 'secret-of-frank']) {
    expect(text).not.toContain(secret);
  }
  expect(text).toContain('btp+wss://erin.example/btp');
  const kept = JSON.stringify(await database.dataSource.query('SELECT * FROM peer_credentials'));
  expect(kept).not.toContain('secret-of-dave');
});

test('another process sees them, and what it adds is seen here', async () => {
  await add(dials);
  const other = registryOn(await database.connect('other'));
  expect((await other.list()).peers).toEqual((await registry.list()).peers);
  await other.add(addition(dialled));
  await other.remove({ peerId: 'dave', reason: 'gone', ledger: 'closed', by: 'x', configured: [] });
  expect((await registry.list()).peers.map(({ peerId }) => peerId)).toEqual(['erin']);
});

test('of many who add the same peer at once one does', async () => {
  const others = await Promise.all(
    ['one', 'two'].map(async (name) => registryOn(await database.connect(name))),
  );
  const outcomes = await Promise.allSettled(
    Array.from({ length: 8 }, (_, n) => (others[n % 2] ?? registry).add(addition(dials))),
  );
  expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  expect((await registry.list()).version).toBe(1);
});

test('a peer is added once, and not beside one of the configuration', async () => {
  await add(dials);
  await refused(add(dials), 'already-there', /dave, added by carol on 2027-01-15T08:00:00.000Z/);
  const alice = { ...dialled, id: 'alice' };
  await refused(
    add(alice, { configured: [inFile] }),
    'in-configuration',
    /alice stands in the configuration/,
  );
});

test('what belongs to another peer is not taken from it, whoever has added that', async () => {
  await add(dials);
  const sameToken = { ...dials, id: 'dora', ledger: { ...dials.ledger, prefix: 'test.dora.' } };
  await refused(add(sameToken), 'conflict', /dave, added by carol/);
  const inside = {
    ...dials,
    id: 'dora',
    token: 'other',
    ledger: { ...dials.ledger, prefix: 'test.dave.x.' },
  };
  await refused(add(inside), 'conflict', /ledger\.prefix .*dave, added by carol/);
  const likeAlice = { ...inside, ledger: { ...dials.ledger, prefix: 'test.alice.' } };
  await refused(add(likeAlice, { configured: [inFile] }), 'conflict', /peers\[0\]/);
  await refused(add(found, { ownHostname: undefined }), 'conflict', /webfinger\.hostname/);
});

test.each<[string, unknown, RegExp]>([
  ['no object', 'dave', /JSON object/],
  ['an unknown member', { ...dials, colour: 'red' }, /colour/],
  ['no authority', { ...dials, authority: undefined }, /authority/],
  ['a text that no store holds', { ...dials, username: 'a\u0000' }, /printable/],
  ['a pair of a validator', { ...dials, relaysTo: 'erin' }, /relaysTo/],
])('a document with %s is refused', async (_, document, words) => {
  const rule = words.source === 'relaysTo' ? 'conflict' : 'unfit';
  await refused(add(document), rule, words);
});

test('a token is replaced by another of its kind, with the same peer behind it', async () => {
  for (const document of [dials, dialled, called]) await add(document);
  await rotate('dave', { tokenSha256: digest('new') });
  await rotate('erin', { uri: 'btp+wss://we:new@erin.example/btp' });
  expect(await rotate('frank', { token: 'new' })).toEqual({
    event: 'PeerTokenRotated',
    version: 6,
  });
  const { peers } = await registry.list();
  expect(peers.map(({ revision }) => revision)).toEqual([4, 5, 6]);
  expect(peers.map(({ settings }) => [settings.username, settings.token])).toEqual([
    ['d', ''],
    ['we', 'new'],
    ['', 'new'],
  ]);
  expect(peers[0]?.settings.tokenDigest).toBe(digest('new'));
  expect(await logged()).not.toMatch(/new/);
});

test('a token of another kind, of another peer or for another place is refused', async () => {
  for (const document of [dials, dialled, found]) await add(document);
  await refused(rotate('dave', { token: 'new' }), 'wrong-credentials', /tokenSha256/);
  await refused(rotate('dave', { tokenSha256: 'short' }), 'unfit', /tokenSha256/);
  await refused(rotate('grace', { token: 'new' }), 'wrong-credentials', /found by its host/);
  const elsewhere = 'btp+wss://us:secret-of-erin@mallory.example/btp';
  await refused(rotate('erin', { uri: elsewhere }), 'wrong-credentials', /credentials only/);
  await refused(rotate('erin', { uri: 'secret-of-erin' }), 'unfit', /uri/);
  await refused(rotate('nobody', { token: 'new' }), 'not-there', /nobody/);
  const dora = {
    ...dials,
    id: 'dora',
    token: 'secret-of-dora',
    ledger: { ...dials.ledger, prefix: 'test.dora.' },
  };
  await add(dora);
  await refused(
    rotate('dora', { tokenSha256: digest('secret-of-dave') }),
    'conflict',
    /dave, added/,
  );
});

test('a peer that is removed is gone with its secrets, and may come back', async () => {
  await add(dials);
  expect(await remove('dave')).toEqual({ event: 'PeerRemoved', version: 2 });
  expect((await registry.list()).peers).toEqual([]);
  expect(await database.dataSource.query('SELECT * FROM peer_credentials')).toEqual([]);
  await refused(remove('dave'), 'not-there', /dave/);
  await add({ ...dials, token: 'another' });
  const { peers } = await registry.list();
  expect(peers[0]).toMatchObject({ revision: 3, settings: { tokenDigest: digest('another') } });
});

test('the configuration is changed in the configuration', async () => {
  const { peer } = inFile;
  const where = { configured: [inFile], ownHostname: undefined };
  const removal = { peerId: peer.id, reason: 'gone', ledger: 'kept', by: 'carol' } as const;
  await refused(registry.remove({ ...removal, ...where }), 'in-configuration', /alice/);
  const rotation = { peerId: peer.id, credentials: { token: 'new' }, by: 'carol' };
  await refused(registry.rotateToken({ ...rotation, ...where }), 'in-configuration', /alice/);
});

test('a proposal waits until its peer is added', async () => {
  const proposal = { hostname: 'grace.example', ...usd, by: 'carol' };
  expect(await registry.propose(proposal)).toEqual({ event: 'PeeringProposed', version: 1 });
  nowMs += 5_000;
  expect(await registry.propose(proposal)).toEqual({ event: 'PeeringProposed', version: 1 });
  expect((await registry.list()).proposals).toEqual([
    { hostname: 'grace.example', ...usd, by: 'carol', proposedAtMs: NOON_MS, version: 1 },
  ]);
  await add(found);
  expect((await registry.list()).proposals).toEqual([]);
  await refused(registry.propose(proposal), 'already-there', /grace/);
});

test('a peer whose secrets are gone is shown as unusable, and hides no other', async () => {
  await add(dials);
  await add(dialled);
  await database.dataSource.query(`DELETE FROM peer_credentials WHERE peer_id = 'dave'`);
  const { peers, unusable } = await registry.list();
  expect(peers.map(({ peerId }) => peerId)).toEqual(['erin']);
  expect(unusable).toEqual([{ peerId: 'dave', problem: expect.stringMatching(/token/) as string }]);
  await rotate('dave', { tokenSha256: digest('new') });
  expect((await registry.list()).peers).toHaveLength(2);
});
