import { PeerDocumentError, readPeerDocument, requireRoomForPeer } from './peer-document';

const alice = {
  id: 'alice',
  socket: 'server',
  token: 'secret-of-alice',
  authority: 'admin',
  ledger: { prefix: 'test.alice.', currencyCode: 'usd', currencyScale: 9, maxBalance: '1000' },
};
const read = (change: object = {}) => readPeerDocument({ ...alice, ...change });
const others = (change: object = {}) => [
  { name: 'the peer alice of the file', peer: read(change) },
];

const problemsOf = (act: () => unknown): readonly unknown[] => {
  try {
    act();
  } catch (error) {
    if (error instanceof PeerDocumentError) return error.problems;
    throw error;
  }
  return [];
};

test('a peer reads as it does in the configuration', () => {
  expect(read()).toMatchObject({
    id: 'alice',
    token: '',
    tokenDigest: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
    ledger: { currencyCode: 'USD', maxBalance: 1000n, account: 'server' },
  });
});

test.each([
  ['an unknown member', { colour: 'red' }, 'colour'],
  [
    'a prefix without a dot',
    { ledger: { ...alice.ledger, prefix: 'test.alice' } },
    'ledger.prefix',
  ],
  ['no token', { token: undefined }, 'token'],
  ['no mapping at all', 'alice', ''],
])('%s is named, without the secret', (_, change, field) => {
  const problems = problemsOf(() =>
    typeof change === 'string' ? readPeerDocument(change) : read(change),
  );
  expect(problems).toContainEqual({ field, rule: expect.any(String) as string });
  expect(JSON.stringify(problems)).not.toContain('secret-of-alice');
});

test.each([
  ['id', {}, 'id'],
  ['credentials', { id: 'bob', ledger: { ...alice.ledger, prefix: 'test.bob.' } }, 'token'],
  [
    'prefix',
    { id: 'bob', token: 'x', ledger: { ...alice.ledger, prefix: 'test.alice.in.' } },
    'ledger.prefix',
  ],
])('a newcomer with the %s of another is refused, and the other named', (_, change, field) => {
  const problems = problemsOf(() => {
    requireRoomForPeer(read(change), others(), undefined);
  });
  expect(problems).toContainEqual({
    field,
    rule: expect.stringContaining('the peer alice of the file') as string,
  });
});

test('a newcomer that takes nothing from anybody is let in', () => {
  const bob = read({ id: 'bob', token: 'x', ledger: { ...alice.ledger, prefix: 'test.bob.' } });
  expect(() => {
    requireRoomForPeer(bob, others(), undefined);
  }).not.toThrow();
});

describe('a newcomer that is found by its host', () => {
  const found = {
    id: 'wallet',
    discovery: 'webfinger',
    hostname: 'wallet2.com',
    authority: 'symmetric',
    ledger: { currencyCode: 'USD', currencyScale: 9, maxBalance: 'unlimited' },
  };
  const wallet = readPeerDocument(found);

  test.each([
    ['needs a host of our own', undefined, 'webfinger.hostname'],
    ['is not ourselves', 'wallet2.com', 'webfinger.hostname'],
  ])('%s', (_, own, field) => {
    const problems = problemsOf(() => {
      requireRoomForPeer(wallet, [], own);
    });
    expect(problems).toContainEqual({ field, rule: expect.any(String) as string });
  });

  test('is not there already under another name of its host', () => {
    const publicKey = 'ERvjqWwr9qqpVHUyDxMTPCfBmXr-62Y7nAxWWv-5mmw';
    const first = readPeerDocument({
      ...found,
      id: 'first',
      hostname: 'www.wallet2.com',
      publicKey,
    });
    const there = [{ name: 'the peer first', peer: first }];
    const problemsIn = (currencyCode: string) =>
      problemsOf(() => {
        const ledger = { ...found.ledger, currencyCode };
        const newcomer = readPeerDocument({ ...found, publicKey, ledger });
        requireRoomForPeer(newcomer, there, 'wallet1.com');
      });
    expect(problemsIn('USD')).toEqual([
      { field: 'publicKey', rule: expect.stringContaining('the peer first') as string },
    ]);
    expect(problemsIn('EUR')).toEqual([]);
  });

  test('has one ledger with us for each currency', () => {
    const there = [{ name: 'the peer first', peer: readPeerDocument({ ...found, id: 'first' }) }];
    const problems = problemsOf(() => {
      requireRoomForPeer(wallet, there, 'wallet1.com');
    });
    expect(problems).toContainEqual({
      field: 'hostname',
      rule: expect.stringContaining('the peer first') as string,
    });
  });
});
