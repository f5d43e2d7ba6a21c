import { ConfigurationError } from './configuration-error';
import { loadConfiguration } from './load-configuration';

const alice = {
  id: 'alice',
  socket: 'server',
  token: 'alice-secret',
  authority: 'admin',
  ledger: { prefix: 'test.alice.', currencyCode: 'USD', currencyScale: 9, maxBalance: '1000' },
};
const least = { connector: { address: 'test.causeway' }, console: { token: 'change-me' } };

/** `key: rule` of each problem. */
function complaints(settings: object): string[] {
  try {
    loadConfiguration({ document: { ...least, ...settings }, env: {} });
    return [];
  } catch (error) {
    if (error instanceof ConfigurationError) {
      return error.problems.map(({ key, rule }) => `${key}: ${rule}`);
    }
    throw error;
  }
}

describe('what is wrong with two peers that relay to each other', () => {
  const ledger = { ...alice.ledger, account: 'otto', peerAccount: 'anna' };
  const anna = { ...alice, id: 'anna', relaysTo: 'otto', ledger };
  const otto = {
    ...alice,
    id: 'otto',
    token: 'otto-secret',
    relaysTo: 'anna',
    ledger: { ...ledger, account: 'anna', peerAccount: 'otto' },
  };

  it('is nothing, though both have one prefix', () => {
    expect(complaints({ peers: [anna, otto] })).toEqual([]);
  });

  it.each([
    ['otto is not there', [anna], 'peers[0].relaysTo: must be the id of another'],
    [
      'anna relays to herself',
      [{ ...anna, relaysTo: 'anna' }],
      'peers[0].relaysTo: must be the id',
    ],
    [
      'we do not decide',
      [anna, { ...otto, authority: 'symmetric' }],
      'peers[1].authority: must be admin with relaysTo',
    ],
    [
      'we dial',
      [
        anna,
        {
          ...otto,
          socket: 'client',
          token: undefined,
          uri: 'btp+ws://:otto-secret@127.0.0.1:9002',
        },
      ],
      'peers[1].socket: must be server with relaysTo',
    ],
    ...(
      [
        ['prefix', 'test.trio.'],
        ['currencyCode', 'EUR'],
        ['currencyScale', 2],
        ['account', 'anne'],
        ['peerAccount', 'oskar'],
      ] as const
    ).map(
      ([name, value]) =>
        [
          `the ledgers differ in ${name}`,
          [anna, { ...otto, ledger: { ...otto.ledger, [name]: value } }],
          `peers[1].ledger.${name}: must be`,
        ] as const,
    ),
    [
      'somebody else has their prefix',
      [anna, otto, { ...alice, ledger: { ...alice.ledger, prefix: 'test.alice.x.' } }].map(
        (peer, index) => ({ ...peer, token: `secret-${index}` }),
      ),
      'peers[2].ledger.prefix: must not lie inside, or around, that of peers[0]',
    ],
  ] as const)('is that %s', (_, peers, complaint) => {
    expect(complaints({ peers })[0]?.startsWith(complaint)).toBe(true);
  });

  it('is a peer that the other does not point back to', () => {
    expect(complaints({ peers: [anna, { ...otto, relaysTo: undefined }] })).toEqual([
      'peers[1].ledger.prefix: must not be the same as that of peers[0]',
      'peers[0].relaysTo: must be answered by peers[1].relaysTo: anna',
    ]);
  });

  it('is a route over their ledger', () => {
    const hop = { connectorLedger: 'test.alice.', connectorAccount: 'test.alice.anna' };
    const routes = [{ targetPrefix: '', ...hop }];
    expect(complaints({ peers: [anna, otto], routes })).toEqual([
      'routes[0].connectorLedger: must not be a ledger that relays: it carries nothing else',
    ]);
  });
});
