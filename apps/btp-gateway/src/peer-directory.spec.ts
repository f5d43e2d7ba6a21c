import { digestOfToken, type PeerSettings } from '#platform';
import { PeerDirectory } from './peer-directory';

function peer(id: string, settings: Partial<PeerSettings>): PeerSettings {
  return {
    id,
    discovery: 'btp',
    btpVersion: 'BTP/1.0',
    socket: 'server',
    uri: undefined,
    username: '',
    token: '',
    tokenDigest: undefined,
    authority: 'admin',
    ledger: {
      prefix: `test.${id}.`,
      currencyCode: 'USD',
      currencyScale: 9,
      account: 'server',
      peerAccount: 'client',
      maxBalance: null,
      minBalance: null,
    },
    settlementMethods: [],
    ...settings,
  };
}

const directory = new PeerDirectory([
  peer('alice', { tokenDigest: digestOfToken('alice-secret') }),
  peer('bob', { username: 'bob', tokenDigest: digestOfToken('bob-secret') }),
  peer('carl', { username: 'ab', tokenDigest: digestOfToken('c') }),
  peer('dan', {
    socket: 'client',
    uri: 'btp+ws://dan:dan-secret@127.0.0.1:9',
    username: 'dan',
    token: 'dan-secret',
  }),
]);

describe('PeerDirectory', () => {
  it.each([
    ['', 'alice-secret', 'alice'],
    ['bob', 'bob-secret', 'bob'],
    ['ab', 'c', 'carl'],
  ])('recognises %j with its token', (username, token, id) => {
    expect(directory.recognise('BTP/1.0', username, token)?.id).toBe(id);
  });

  it.each([
    ['', ''],
    ['', 'alice-secre'],
    ['', digestOfToken('alice-secret')],
    ['', 'alice-secret '],
    ['alice', 'alice-secret'],
    ['', 'bob-secret'],
    ['bob', 'alice-secret'],
    ['a', 'bc'],
    ['abc', ''],
  ])('recognises nobody in username %j and token %j', (username, token) => {
    expect(directory.recognise('BTP/1.0', username, token)).toBeUndefined();
  });

  it('does not let in a peer that we dial', () => {
    expect(directory.recognise('BTP/1.0', 'dan', 'dan-secret')).toBeUndefined();
  });

  it('knows whom to dial', () => {
    expect(directory.dialled.map(({ id }) => id)).toEqual(['dan']);
  });
});
