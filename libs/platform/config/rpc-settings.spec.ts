import type { PeerSettings } from './configuration';
import { ConfigurationError } from './configuration-error';
import { loadConfiguration } from './load-configuration';

const virtual = {
  id: 'wallet2',
  transport: 'rpc',
  rpcUri: 'https://wallet2.example/api/peers/rpc',
  token: 'both-present-this',
  authority: 'symmetric',
  ledger: {
    prefix: 'peer.pjjQz.usd.9.',
    currencyCode: 'USD',
    currencyScale: 9,
    account: 'oUIDbWnsORM624XKxEkwa3nqf5mqUfdxCVmAzTBgizo',
    peerAccount: 'ERvjqWwr9qqpVHUyDxMTPCfBmXr-62Y7nAxWWv-5mmw',
    maxBalance: '1000',
  },
};

function load(change: object, env: Record<string, string> = {}): PeerSettings | undefined {
  const document = {
    connector: { address: 'test.causeway' },
    console: { token: 'change-me' },
    peers: [{ ...virtual, ...change }],
  };
  return loadConfiguration({ document, env }).peers[0];
}

function problems(change: object): string[] {
  try {
    load(change);
    return [];
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    return error.problems.map(({ key, rule }) => `${key}: ${rule}`);
  }
}

describe('a peer with transport: rpc', () => {
  it('is one that we dial, at its rpcUri, with the token of both sides', () => {
    expect(load({})).toMatchObject({
      socket: 'client',
      rpcUri: virtual.rpcUri,
      token: 'both-present-this',
      authority: 'symmetric',
      ledger: { account: virtual.ledger.account, peerAccount: virtual.ledger.peerAccount },
    });
  });

  it('takes its token from the environment, as any other', () => {
    const env = { CAUSEWAY_PEER_WALLET2_TOKEN: 'from-outside' };
    expect(load({ token: undefined }, env)?.token).toBe('from-outside');
  });

  it.each<[string, object, string]>([
    ['no rpcUri', { rpcUri: undefined }, 'peers[0].rpcUri: is required for transport: rpc'],
    ['no token', { token: undefined }, 'peers[0].token: is required for transport: rpc'],
    ['a token of two words', { token: 'two words' }, 'peers[0].token: must be of visible'],
    ['a socket', { socket: 'client' }, 'peers[0].socket: is for transport: btp'],
    ['a uri', { uri: 'btp+ws://h' }, 'peers[0].uri: is for transport: btp'],
    ['a username', { username: 'x' }, 'peers[0].username: is for transport: btp'],
    ['another authority', { authority: 'admin' }, 'peers[0].authority: must be symmetric'],
    [
      'no name of ours',
      { ledger: { ...virtual.ledger, account: undefined } },
      'peers[0].ledger.account: is required for transport: rpc',
    ],
    [
      'no name of its own',
      { ledger: { ...virtual.ledger, peerAccount: undefined } },
      'peers[0].ledger.peerAccount: is required for transport: rpc',
    ],
  ])('is refused with %s', (_what, change, problem) => {
    expect(problems(change)).toEqual([expect.stringContaining(problem)]);
  });

  it.each([
    'wallet2.example',
    'ftp://wallet2.example/rpc',
    'https://user:word@wallet2.example/rpc',
    'https://wallet2.example/rpc?prefix=x',
    'https://wallet2.example/rpc#x',
  ])('is refused at %s, which is not repeated', (rpcUri) => {
    const [problem = '', ...others] = problems({ rpcUri });
    expect(others).toEqual([]);
    expect(problem).toContain('peers[0].rpcUri: must be an http:// or https:// URL');
    expect(problem).not.toContain('word');
  });
});

describe('a peer with transport: btp', () => {
  const btp = { transport: undefined, rpcUri: undefined, socket: 'server' };

  it('is what a peer is that says nothing of it', () => {
    expect(load(btp)?.rpcUri).toBeUndefined();
  });

  it.each<[string, object, string]>([
    ['no socket', { ...btp, socket: undefined }, 'peers[0].socket: is required for transport: btp'],
    ['a rpcUri', { ...btp, rpcUri: virtual.rpcUri }, 'peers[0].rpcUri: is for transport: rpc only'],
  ])('is refused with %s', (_what, change, problem) => {
    expect(problems(change)).toEqual([problem]);
  });
});
