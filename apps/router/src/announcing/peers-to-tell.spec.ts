import type { LedgerDescription } from '#contracts';
import type { ConnectedPeer } from '#messaging';
import { peersToTell, type PeersToTellParts } from './peers-to-tell';

const ledger = (ledgerId: string): LedgerDescription => ({
  ...{ ledgerId, prefix: `test.${ledgerId}.`, currencyCode: 'USD', currencyScale: 9 },
  ...{ account: 'us', peerAccount: 'peer', authority: 'admin', maxBalance: null, minBalance: null },
});
const SESSION: ConnectedPeer = { peerId: 'a', gatewayId: 'g', speaks: 'rpc', sinceMs: 7 };

const told = (change: Partial<PeersToTellParts> = {}) =>
  peersToTell({
    ledgers: { ledgers: ['a', 'b', 'gone', 'relayed'].map(ledger) },
    connected: { isKnown: true, get: (peerId) => (peerId === 'a' ? SESSION : undefined) },
    peers: {
      has: (peerId) => (peerId === 'gone' ? false : peerId === 'a' ? true : undefined),
      dialectOf: () => 'auto',
    },
    relays: new Map([['relayed', 'other']]),
    isTelling: true,
    isCaughtUp: () => true,
    ...change,
  });

test('whoever may be a peer is told, under our name, by the session that it has', () => {
  expect(told()).toMatchObject([
    {
      ...{ peerId: 'a', sourceLedger: 'test.a.', sourceAccount: 'test.a.us' },
      session: { id: 'g/7', sinceMs: 7, speaks: 'rpc', dialects: [] },
    },
    { peerId: 'b', session: undefined },
  ]);
});

test.each<[string, Partial<PeersToTellParts>]>([
  ['which ledgers there are', { ledgers: { ledgers: undefined } }],
  ['who is connected', { connected: { isKnown: false, get: () => undefined } }],
  ['what there is to tell', { isCaughtUp: () => false }],
])('who is told is not known before it is known %s', (_, change) => {
  expect(told(change)).toBeUndefined();
});

test('nobody is told where nobody is to be', () => {
  expect(told({ isTelling: false })).toEqual([]);
});
