import { readPeerDocument } from '#platform';
import { dialsUsAs, weDialAt } from '../../../../test/support/gateway/peer-documents';
import { changeBetween, type PeerChange } from './peer-change';

const server = (change: object = {}) => readPeerDocument(dialsUsAs('carol', change));
const client = (uri: string, change: object = {}) => readPeerDocument(weDialAt('bob', uri, change));
const rpc = (change: object = {}) =>
  readPeerDocument({
    id: 'dora',
    transport: 'rpc',
    rpcUri: 'https://dora.example/rpc',
    token: 'first',
    authority: 'symmetric',
    ledger: {
      prefix: 'peer.cd.',
      currencyCode: 'USD',
      currencyScale: 9,
      maxBalance: '1',
      account: 'a',
      peerAccount: 'b',
    },
    ...change,
  });
const AT = 'btp+wss://:first@bob.example';

test.each<[string, PeerChange, ReturnType<typeof server>, ReturnType<typeof server>]>([
  ['nothing', 'none', server(), server()],
  ['its token', 'credentials', server(), server({ token: 'another' })],
  ['its username', 'credentials', server(), server({ username: 'carol' })],
  ['our token in its URI', 'way', client(AT), client('btp+wss://:second@bob.example')],
  ['its host', 'way', client(AT), client('btp+wss://:first@bob2.example')],
  ['the token of both', 'way', rpc(), rpc({ token: 'second' })],
  ['where it is called', 'way', rpc(), rpc({ rpcUri: 'https://dora.example/rpc2' })],
  ['who is behind it', 'credentials', server(), server({ party: 'carol' })],
  ['who is behind it, where we dial', 'way', client(AT), client(AT, { party: 'carol' })],
  ['who dials', 'agreement', server({ authority: 'shadow' }), client(AT)],
  ['the dialect', 'agreement', client(AT), client(AT, { btpVersion: 'BTP/alpha' })],
  [
    'who decides',
    'agreement',
    client(AT),
    client(AT, { authority: 'admin', ledger: otherLedger() }),
  ],
  ['the ledger', 'agreement', server(), server({ ledger: otherLedger() })],
])('%s changes: %s', (_, change, known, now) => {
  expect(changeBetween(known, now)).toBe(change);
});

function otherLedger(): object {
  return { prefix: 'test.other.', currencyCode: 'USD', currencyScale: 9, maxBalance: '1000000' };
}
