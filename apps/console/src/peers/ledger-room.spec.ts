import { HttpException } from '@nestjs/common';
import { readPeerDocument } from '#platform';
import type { LedgerView } from '#read-models';
import { requireRoomAmongLedgers, requireRoomForKeys } from './ledger-room';

const stored: LedgerView = {
  ledger: 'alice',
  prefix: 'test.alice.',
  currencyCode: 'USD',
  currencyScale: 9,
  account: 'server',
  peerAccount: 'client',
  authority: 'admin',
  standing: 'paused',
  standingBy: 'carol',
  standingReason: 'the peer is gone',
  standingSince: '2017-01-01T00:00:00.000Z',
  maxBalance: null,
  minBalance: null,
  thresholds: { low: null, high: null, settleTo: null },
  beyond: { low: false, high: false },
  balance: '0',
  incomingPrepared: '0',
  outgoingPrepared: '0',
  settledPaid: '0',
  settledReceived: '0',
  adjusted: '0',
  difference: null,
  differenceSince: null,
  agreedBalance: null,
  agreedAt: null,
  openedAt: '2017-01-01T00:00:00.000Z',
  asOf: { partition: 0, position: '1' },
};
const ledger = {
  prefix: 'test.alice.',
  currencyCode: 'USD',
  currencyScale: 9,
  maxBalance: '1',
};
const document = { id: 'alice', socket: 'server', token: 'x', authority: 'admin', ledger };
const unknownPrefix = { currencyCode: 'USD', currencyScale: 9 };

function errorOf(change: object, view: Partial<LedgerView> = {}): unknown {
  return thrownBy(() => {
    requireRoomAmongLedgers(readPeerDocument({ ...document, ...change }), [{ ...stored, ...view }]);
  });
}

function thrownBy(act: () => void): unknown {
  try {
    act();
    return undefined;
  } catch (thrown) {
    if (!(thrown instanceof HttpException)) throw thrown;
    return (thrown.getResponse() as { readonly error: unknown }).error;
  }
}

describe('the ledger that a peer left behind', () => {
  it('is there for the same peer', () => {
    expect(errorOf({})).toBeUndefined();
  });

  it('is there for a shadow that is yet to hear its prefix', () => {
    const shadow = { socket: 'client', uri: 'btp+ws://:x@y', token: undefined };
    const change = { ...shadow, authority: 'shadow', ledger: unknownPrefix };
    expect(errorOf(change, { authority: 'shadow' })).toBeUndefined();
  });

  it.each<[string, object, Partial<LedgerView>, string]>([
    [
      'that counts in another currency',
      { ledger: { ...ledger, currencyCode: 'EUR' } },
      {},
      'currencyCode',
    ],
    [
      'that counts with another scale',
      { ledger: { ...ledger, currencyScale: 2 } },
      {},
      'currencyScale',
    ],
    ['with another prefix', { ledger: { ...ledger, prefix: 'test.b.' } }, {}, 'prefix'],
    ['that decides otherwise', { authority: 'symmetric' }, {}, 'authority'],
    ['of another name, with its prefix', { id: 'bob' }, {}, 'prefix'],
    [
      'of another name, around it',
      { id: 'bob', ledger: { ...ledger, prefix: 'test.' } },
      { prefix: 'test.alice.' },
      'prefix',
    ],
    ['once it is closed', {}, { standing: 'closed' }, 'id'],
  ])('is not there for a peer %s', (_, change, view, field) => {
    expect(errorOf(change, view)).toMatchObject({ kind: 'LedgerConflict', field });
  });
});

describe('the ledger between two keys', () => {
  const between = { account: 'ours', peerAccount: 'theirs', prefix: 'peer.abcde.usd.9.' };
  const wallet = {
    id: 'wallet',
    discovery: 'webfinger',
    hostname: 'wallet.example',
    authority: 'symmetric',
    ledger: { currencyCode: 'USD', currencyScale: 9, maxBalance: '1' },
  };
  const errorAmong = (view: Partial<LedgerView>, keys: object = {}): unknown =>
    thrownBy(() => {
      const found = { account: 'ours', peerAccount: 'theirs', ...keys };
      requireRoomForKeys(readPeerDocument(wallet), found, [{ ...stored, ...between, ...view }]);
    });

  it.each<[string, Partial<LedgerView>]>([
    ['goes on where it was', { ledger: 'wallet' }],
    ['is another one in another currency', { currencyCode: 'EUR' }],
    ['is another one with another scale', { currencyScale: 2 }],
    ['is another one since we have another key', { account: 'our older one' }],
    ['is another one since the peer has another key', { peerAccount: 'the older one' }],
  ])('%s', (_, view) => {
    expect(errorAmong(view)).toBeUndefined();
  });

  it.each<[string, Partial<LedgerView>, string]>([
    ['is there once, closed or not', { standing: 'closed' }, 'prefix'],
    [
      'is not the one of that id under our older key',
      { ledger: 'wallet', account: 'x' },
      'account',
    ],
    ['nor under the peer’s older key', { ledger: 'wallet', peerAccount: 'x' }, 'peerAccount'],
  ])('%s', (_, view, field) => {
    expect(errorAmong(view)).toMatchObject({ kind: 'LedgerConflict', field, rule: 'in-use' });
  });
});
