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
const directory = new PeerDirectory(({ id }, spoken) => others.push(`${id} ${spoken}`));
for (const known of [
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
])
  directory.learn(known);

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

  it('lets a peer in with what it presents now, and not with what it presented before', () => {
    const fred = (token: string) => peer('fred', { tokenDigest: digestOfToken(token) });
    directory.learn(fred('first'));
    directory.learn(fred('second'));
    expect(directory.recognise('BTP/1.0', '', 'first')).toBeUndefined();
    expect(directory.recognise('BTP/1.0', '', 'second')?.id).toBe('fred');
    directory.learn({ ...fred('second'), socket: 'client' });
    expect(directory.recognise('BTP/1.0', '', 'second')).toBeUndefined();
  });

  it('forgets one peer and no other, also where another has taken over its credentials', () => {
    const shared = { tokenDigest: digestOfToken('shared') };
    directory.learn(peer('gail', shared));
    directory.learn(peer('hugo', shared));
    directory.forget('gail');
    expect(directory.recognise('BTP/1.0', '', 'shared')?.id).toBe('hugo');
    directory.forget('hugo');
    directory.forget('nobody');
    expect(directory.recognise('BTP/1.0', '', 'shared')).toBeUndefined();
    expect(directory.recognise('BTP/1.0', '', 'alice-secret')?.id).toBe('alice');
  });
});
