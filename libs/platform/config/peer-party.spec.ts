import { partyOf } from './peer-party';

const AUTHORITY = { authority: 'symmetric' } as const;

it.each([
  ['as configured', { party: 'carol', hostname: 'wallet.example' }, 'carol'],
  ['the host where it is found', { hostname: 'wallet.example' }, 'wallet.example'],
  ['where it is called', { rpcUri: 'https://w.example/rpc' }, 'https://w.example/rpc'],
  ['unknown where it dials us', {}, undefined],
  ['unknown where the address cannot be read', { uri: 'nonsense' }, undefined],
])('a party is %s', (_, peer, party) => {
  expect(partyOf({ ...AUTHORITY, ...peer })).toBe(party);
});

it('is the same for two peers that are dialled at one place, without what is presented there', () => {
  const uris = ['btp+wss://:one@hub.example/btp', 'btp+wss://two:three@hub.example/btp'];
  const parties = new Set(uris.map((uri) => partyOf({ ...AUTHORITY, uri })));
  expect([...parties]).toEqual(['wss://hub.example/btp']);
});

it('is not the validator that is dialled in its place', () => {
  const uri = 'btp+wss://:token@validator.example';
  expect(partyOf({ authority: 'validated', uri })).toBeUndefined();
});
