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

const others: string[] = [];
const directory = new PeerDirectory(
  [
    peer('alice', { tokenDigest: digestOfToken('alice-secret') }),
    peer('bob', { username: 'bob', tokenDigest: digestOfToken('bob-secret') }),
    peer('carl', { username: 'ab', tokenDigest: digestOfToken('c') }),
    peer('dan', {
      socket: 'client',
      uri: 'btp+ws://dan:dan-secret@127.0.0.1:9',
      username: 'dan',
      token: 'dan-secret',
    }),
    peer('eve', {
      btpVersion: 'BTP/alpha',
      username: 'bob',
      tokenDigest: digestOfToken('eve-secret'),
    }),
  ],
  ({ id }, spoken) => others.push(`${id} ${spoken}`),
);

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

  it('knows a peer by its version of BTP too, and tells who came with another', () => {
    expect(directory.recognise('BTP/alpha', 'bob', 'eve-secret')?.id).toBe('eve');
    expect(directory.recognise('BTP/1.0', 'bob', 'bob-secret')?.id).toBe('bob');
    expect(directory.recognise('BTP/alpha', 'bob', 'wrong')).toBeUndefined();
    expect(others).toEqual([]);
    expect(directory.recognise('BTP/1.0', 'bob', 'eve-secret')).toBeUndefined();
    expect(directory.recognise('BTP/alpha', 'bob', 'bob-secret')).toBeUndefined();
    expect(others).toEqual(['eve BTP/1.0', 'bob BTP/alpha']);
  });

  it('does not let in a peer that we dial', () => {
    expect(directory.recognise('BTP/1.0', 'dan', 'dan-secret')).toBeUndefined();
  });

  it('knows whom to dial', () => {
    expect(directory.dialled.map(({ id }) => id)).toEqual(['dan']);
  });
});
