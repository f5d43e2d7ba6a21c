import { GatewayUnderTest } from '../../../../test/support/gateway/gateway-under-test';
import { part, whenParting } from '../../../../test/support/gateway/rpc-meeting';
import { WALLET1 } from '../../../../test/support/gateway/scripted-host';
import { meet } from '../../../../test/support/gateway/webfinger-meeting';

const OUR_BTP = { publicBtpUri: 'btp+ws://wallet1.example' };

afterEach(async () => {
  await part();
});

describe('our host resource', () => {
  const ask = async (path: string, method = 'GET') => {
    const { test } = await meet({ ours: OUR_BTP });
    return fetch(`${test.url.replace('ws://', 'http://')}${path}`, { method });
  };
  const WELL_KNOWN = '/.well-known/webfinger';

  it.each([
    ['unencoded', 'https://wallet1.example'],
    ['encoded', encodeURIComponent('https://wallet1.example')],
    ['with a slash at its end', 'https://wallet1.example/'],
  ])('is there for whoever asks for our host, %s', async (_, resource) => {
    const response = await ask(`${WELL_KNOWN}?resource=${resource}`);
    expect([response.status, response.headers.get('content-type')]).toEqual([
      200,
      'application/jrd+json',
    ]);
    const rel = 'https://interledger.org/rel';
    expect(await response.json()).toEqual({
      subject: 'https://wallet1.example',
      properties: {
        [`${rel}/publicKey`]: WALLET1.publicKey,
        [`${rel}/title`]: 'Wallet One',
        [`${rel}/protocolVersion`]: 'Compatible: ilp-kit v4.0.0',
      },
      links: [
        { rel: `${rel}/ledgerUri`, href: 'https://wallet1.example/ledger' },
        { rel: `${rel}/peersRpcUri`, href: 'http://wallet1.example/rpc' },
        { rel: `${rel}/btpUri`, href: OUR_BTP.publicBtpUri },
        {
          rel: `${rel}/settlementMethods`,
          href: 'https://wallet1.example/settlement_methods',
        },
      ],
    });
  });

  it.each([
    ['no resource', WELL_KNOWN],
    ['another host', `${WELL_KNOWN}?resource=https://wallet2.example`],
    ['an account', `${WELL_KNOWN}?resource=acct:alice@wallet1.example`],
    ['a page of ours', `${WELL_KNOWN}?resource=https://wallet1.example/alice`],
  ])('is not there for %s', async (_, path) => {
    expect((await ask(path)).status).toBe(404);
  });

  it('can only be read', async () => {
    const path = `${WELL_KNOWN}?resource=https://wallet1.example`;
    const response = await ask(path, 'POST');
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'GET']);
  });

  it('is nowhere if we have no hostname', async () => {
    const test = await GatewayUnderTest.start([]);
    whenParting(() => test.stop());
    const url = `${test.url.replace('ws://', 'http://')}${WELL_KNOWN}?resource=https://localhost`;
    expect((await fetch(url)).status).toBe(426);
  });
});
