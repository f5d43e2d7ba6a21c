import fc from 'fast-check';
import { hostDocument, type OwnHostResource, readHostResource, WebFingerError } from '.';

const KEY = 'oUIDbWnsORM624XKxEkwa3nqf5mqUfdxCVmAzTBgizo';

const own: OwnHostResource = {
  hostname: 'wallet1.com',
  publicKey: KEY,
  title: 'Wallet One',
  protocolVersion: 'Compatible: ilp-kit v4.0.0',
  ledgerUri: 'https://wallet1.com/ledger',
  peersRpcUri: 'https://wallet1.com/api/peers/rpc',
  settlementMethodsUri: 'https://wallet1.com/api/settlement_methods',
};

const rel = (name: string): string => `https://interledger.org/rel/${name}`;
const bytesOf = (document: unknown): Buffer => Buffer.from(JSON.stringify(document));

const document = (change: {
  readonly properties?: unknown;
  readonly links?: unknown;
  readonly key?: unknown;
}): object => ({
  properties:
    'properties' in change ? change.properties : { [rel('publicKey')]: change.key ?? KEY },
  links:
    'links' in change
      ? change.links
      : [{ rel: rel('peersRpcUri'), href: 'https://wallet1.com/api/peers/rpc' }],
});

describe('the host resource of ours', () => {
  it('has the members that peers of old look for', () => {
    expect(hostDocument(own)).toEqual({
      subject: 'https://wallet1.com',
      properties: {
        'https://interledger.org/rel/publicKey': KEY,
        'https://interledger.org/rel/title': 'Wallet One',
        'https://interledger.org/rel/protocolVersion': 'Compatible: ilp-kit v4.0.0',
      },
      links: [
        { rel: rel('ledgerUri'), href: 'https://wallet1.com/ledger' },
        { rel: rel('peersRpcUri'), href: 'https://wallet1.com/api/peers/rpc' },
        { rel: rel('settlementMethods'), href: 'https://wallet1.com/api/settlement_methods' },
      ],
    });
  });

  it('is read by ourselves as what it says', () => {
    const btpUri = 'btp+wss://wallet1.com/btp';
    expect(readHostResource(bytesOf(hostDocument({ ...own, btpUri })))).toEqual({
      publicKey: KEY,
      peersRpcUri: own.peersRpcUri,
      btpUri,
    });
  });
});

describe('the host resource of a peer', () => {
  it.each([
    ['standard base64', KEY.replace(/-/g, '+').replace(/_/g, '/')],
    ['padding', `${KEY}=`],
  ])('may spell its key with %s', (_, key) => {
    expect(readHostResource(bytesOf(document({ key }))).publicKey).toBe(KEY);
  });

  it('may name BTP alone', () => {
    const links = [{ rel: rel('btpUri'), href: 'btp+wss://wallet1.com' }];
    expect(readHostResource(bytesOf(document({ links })))).toEqual({
      publicKey: KEY,
      btpUri: 'btp+wss://wallet1.com',
    });
  });

  it.each([
    ['no JSON', Buffer.from('<html>'), 'document', 'not-json'],
    ['a list', bytesOf([]), 'document', 'not-an-object'],
    ['null', bytesOf(null), 'document', 'not-an-object'],
    ['no properties', bytesOf({ links: [] }), 'properties', 'missing'],
    ['properties of no form', bytesOf(document({ properties: 7 })), 'properties', 'not-an-object'],
    ['no key', bytesOf(document({ properties: {} })), 'properties.publicKey', 'missing'],
    ['a key that is no text', bytesOf(document({ key: 7 })), 'properties.publicKey', 'not-text'],
    ['a short key', bytesOf(document({ key: 'abc' })), 'properties.publicKey', 'not-a-key'],
    [
      'a key of zeros',
      bytesOf(document({ key: 'A'.repeat(43) })),
      'properties.publicKey',
      'not-a-key',
    ],
    ['no links', bytesOf(document({ links: undefined })), 'links.peersRpcUri', 'missing'],
    ['links of no form', bytesOf(document({ links: [7, null] })), 'links.peersRpcUri', 'missing'],
    [
      'an RPC address of another scheme',
      bytesOf(document({ links: [{ rel: rel('peersRpcUri'), href: 'file:///etc/passwd' }] })),
      'links.peersRpcUri',
      'not-a-uri',
    ],
    [
      'a BTP address with a token in it',
      bytesOf(document({ links: [{ rel: rel('btpUri'), href: 'btp+wss://:tok@wallet1.com' }] })),
      'links.btpUri',
      'not-a-uri',
    ],
    ...[
      'https://u:tok@wallet1.com/rpc',
      'https://wallet1.com/rpc?x=1',
      'https://wallet1.com#x',
    ].map(
      (href) =>
        [
          `the RPC address ${href}`,
          bytesOf(document({ links: [{ rel: rel('peersRpcUri'), href }] })),
          'links.peersRpcUri',
          'not-a-uri',
        ] as const,
    ),
    [
      'a BTP address that nobody can dial',
      bytesOf(document({ links: [{ rel: rel('btpUri'), href: 'btp+wss://wallet.0x1' }] })),
      'links.btpUri',
      'not-a-uri',
    ],
    ['too much', Buffer.alloc(65_537, ' '), 'document', 'too-large'],
  ] as const)('is refused with %s', (_, bytes, field, rule) => {
    expect(() => readHostResource(bytes)).toThrow(new WebFingerError(field, rule));
  });

  it('is read or refused with a typed error, whatever it is', () => {
    fc.assert(
      fc.property(fc.oneof(fc.json(), fc.string()), (text) => {
        try {
          readHostResource(Buffer.from(text));
        } catch (error) {
          expect(error).toBeInstanceOf(WebFingerError);
        }
      }),
    );
  });
});
