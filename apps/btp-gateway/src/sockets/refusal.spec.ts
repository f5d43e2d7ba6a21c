import { readPeerDocument } from '#platform';
import { standRefused } from './refusal';

const dialled = readPeerDocument({
  id: 'bob',
  socket: 'client',
  uri: 'btp+ws://:secret@127.0.0.1:1',
  authority: 'shadow',
  ledger: { currencyCode: 'USD', currencyScale: 9 },
});
const found = readPeerDocument({
  id: 'wallet',
  discovery: 'webfinger',
  hostname: 'wallet.example',
  authority: 'symmetric',
  ledger: { currencyCode: 'USD', currencyScale: 9, maxBalance: 'unlimited' },
});

const set = jest.fn();
const refused = (peer: typeof dialled) =>
  standRefused(peer, 'auth refused: who are you', {
    limits: { refusedRetryMs: 60_000, foundPeerRetryMs: 30_000 },
    states: { set },
    log: { warn: jest.fn() } as never,
  });

beforeEach(() => set.mockClear());

test('a peer that was written out and refuses us needs an operator', () => {
  expect(refused(dialled)).toBe(60_000);
  expect(set).toHaveBeenCalledWith('bob', 'failed', 'auth refused: who are you');
});

test('one that was found at its host may yet agree, and is tried again sooner', () => {
  expect(refused(found)).toBe(30_000);
  const reason = 'auth refused: who are you: it may not have agreed yet';
  expect(set).toHaveBeenCalledWith('wallet', 'offline', reason);
});
