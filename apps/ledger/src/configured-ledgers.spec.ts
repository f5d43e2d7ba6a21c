import { loadConfiguration } from '#platform';
import { configuredLedgers } from './configured-ledgers';

const money = { currencyCode: 'USD', currencyScale: 9, maxBalance: '1000' };
const dialsUs = { socket: 'server', token: 'a-token' };

it('are those that we decide on and whose prefix the configuration knows', () => {
  const configuration = loadConfiguration({
    document: {
      connector: { address: 'test.causeway' },
      console: { token: 'unused' },
      webfinger: { hostname: 'wallet1.example' },
      peers: [
        { id: 'a', ...dialsUs, authority: 'admin', ledger: { prefix: 'test.a.', ...money } },
        {
          id: 'b',
          ...dialsUs,
          username: 'b',
          authority: 'symmetric',
          ledger: { prefix: 'test.b.', ...money },
        },
        { id: 'c', socket: 'client', uri: 'btp+ws://:t@h', authority: 'shadow', ledger: money },
        {
          id: 'd',
          discovery: 'webfinger',
          hostname: 'wallet2.example',
          authority: 'symmetric',
          ledger: money,
        },
      ],
    },
    env: {},
  });
  expect(configuredLedgers(configuration).map(({ prefix }) => prefix)).toEqual([
    'test.a.',
    'test.b.',
  ]);
});
