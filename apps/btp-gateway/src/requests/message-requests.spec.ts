import {
  authMessage,
  decodeIlp,
  encodeIlp,
  ilpEntry,
  infoRequest,
  jsonEntry,
  numberRequest,
  octetEntry,
  type ProtocolData,
  readAccountInfo,
  readBalance,
  readLedgerInfo,
  readLimit,
  textEntry,
} from '#protocol';
import { START_MS } from '../../../../test/support/gateway/session-kit';
import { agreed, refused, RequestsKit } from '../../../../test/support/gateway/requests-kit';

describe('a Message', () => {
  it('info 02 is answered with the ledger as the asker may use it', () => {
    const kit = new RequestsKit();
    kit.message(infoRequest('full'));
    expect(readLedgerInfo(kit.entry())).toEqual({
      prefix: 'test.alice.',
      currencyCode: 'USD',
      currencyScale: 9,
      connectors: ['test.alice.server'],
      ccpDialects: ['v17', 'v21'],
    });
    expect(kit.entry().contentType).toBe(2);
    expect(kit.told).toEqual([
      {
        prefix: 'test.alice.',
        currencyCode: 'USD',
        currencyScale: '9',
        account: 'test.alice.server',
      },
    ]);
  });

  it.each([Buffer.from([0]), Buffer.from([7]), Buffer.alloc(0)])(
    'info with any other byte is answered with our account: %j',
    (data) => {
      const kit = new RequestsKit();
      kit.message(octetEntry('info', data));
      expect(readAccountInfo(kit.entry())).toBe('test.alice.server');
      expect(kit.entry().contentType).toBe(1);
    },
  );

  it('of two entries of its primary name counts the last', () => {
    const kit = new RequestsKit();
    kit.message(infoRequest('account'), textEntry('more', 'x'), infoRequest('full'));
    expect(readLedgerInfo(kit.entry()).prefix).toBe('test.alice.');
    kit.message(infoRequest('full'), infoRequest('account'));
    expect(readAccountInfo(kit.entry())).toBe('test.alice.server');
  });

  it('balance is answered with what the ledger says, whatever its content type', () => {
    const kit = new RequestsKit();
    kit.message(textEntry('balance', 'please'));
    expect(kit.link.sent).toMatchObject([
      { subject: 'owner', message: { kind: 'balance-asked', ledgerId: 'alice' } },
    ]);
    kit.tellBalance(-1_000n, 5n);
    expect(kit.entry().data.toString('hex')).toBe('fffffffffffffc18');
    expect(kit.told).toEqual([{ balance: '-1000' }]);
  });

  it.each([
    [2n ** 70n, 2n ** 63n - 1n],
    [-(2n ** 70n), -(2n ** 63n)],
  ])('balance of %s is told as the nearest that fits: %s', (balance, told) => {
    const kit = new RequestsKit();
    kit.message(numberRequest('balance'));
    kit.tellBalance(balance, null);
    expect(readBalance(kit.entry())).toBe(told);
  });

  it('limit is answered with the maximum balance as a JSON string', () => {
    const kit = new RequestsKit();
    kit.message(numberRequest('limit'));
    kit.tellBalance(1n, 1_000_000n);
    expect(kit.entry()).toMatchObject({ contentType: 2, data: Buffer.from('"1000000"') });
  });

  it('limit is digits also when there is none', () => {
    const kit = new RequestsKit();
    kit.message(numberRequest('limit'));
    kit.tellBalance(1n, null);
    expect(readLimit(kit.entry())).toBe(2n ** 63n - 1n);
  });

  it('balance of a ledger that cannot tell is answered with T00', () => {
    const kit = new RequestsKit();
    kit.message(numberRequest('balance'));
    kit.answer(kit.reference(), { name: 'UnreachableError', message: 'starting' });
    expect(kit.wire.sent).toMatchObject([refused('UnreachableError')]);
  });

  it.each([
    [[ilpEntry(Buffer.from('quote'))]],
    [[textEntry('to', 'test.a'), ilpEntry(Buffer.from('quote'))]],
  ])('ilp anywhere is answered by the quoter', async (protocolData) => {
    const kit = new RequestsKit();
    kit.quote = (packet) => Promise.resolve(Buffer.from(`${packet.toString()} of 7`));
    kit.message(...protocolData);
    expect(kit.load.unanswered).toBe(1);
    await new Promise(setImmediate);
    expect(kit.entry()).toEqual(ilpEntry(Buffer.from('quote of 7')));
    expect(kit.load.unanswered).toBe(0);
  });

  it('ilp that the quoter fails on is answered with a Response that holds an ILP error', async () => {
    const kit = new RequestsKit();
    kit.quote = () => Promise.reject(new Error('no responder'));
    kit.message(ilpEntry(Buffer.from('quote')));
    await new Promise(setImmediate);
    expect(kit.wire.last.type).toBe('response');
    expect(decodeIlp(kit.entry().data)).toMatchObject({
      code: 'F00',
      name: 'Bad Request',
      triggeredBy: 'test.alice.server',
      triggeredAtMs: START_MS,
    });
    expect(kit.load.unanswered).toBe(0);
  });

  it('settlement_methods_request is answered with the methods configured, as ilp-kit reads them', () => {
    const kit = new RequestsKit();
    kit.message(jsonEntry('custom', Buffer.from('{"method":"settlement_methods_request"}')));
    expect(kit.entry()).toMatchObject({ protocolName: 'custom', contentType: 2 });
    expect(JSON.parse(kit.entry().data.toString())).toEqual({
      method: 'settlement_methods_response',
      settlement_methods: [
        {
          id: 1,
          name: 'bitcoin',
          type: 'bitcoin',
          description: '',
          uri: 'bitcoin:1Boat',
          logo: null,
        },
        {
          id: 2,
          name: 'Bank',
          type: 'custom',
          description: 'IBAN',
          uri: 'https://a.example',
          logo: '/bank.png',
        },
      ],
    });
  });

  it.each([
    '{"method":"other_routes","data":{}}',
    '{"method":5}',
    '{}',
    'null',
    '[',
    '',
    '"settlement_methods_request"',
  ])(
    'custom of any other method is answered with a Response that holds an ILP error: %s',
    (json) => {
      const kit = new RequestsKit();
      kit.message(jsonEntry('custom', Buffer.from(json)));
      expect(kit.wire.last.type).toBe('response');
      expect(decodeIlp(kit.entry().data)).toMatchObject({ code: 'F00' });
    },
  );

  it.each<[string, ProtocolData[]]>([
    ['without entries', []],
    ['of an unknown sub-protocol', [textEntry('vouch', 'x')]],
    ['with an unknown primary, whatever follows', [textEntry('vouch', 'x'), infoRequest('full')]],
  ])('%s is answered with Error F00', (_, protocolData) => {
    const kit = new RequestsKit();
    kit.message(...protocolData);
    expect(kit.wire.sent).toMatchObject([{ ...refused('NotAcceptedError'), code: 'F00' }]);
  });

  it('with a name of great length is answered with a part of it', () => {
    const kit = new RequestsKit();
    kit.message(textEntry('x'.repeat(9_000), ''));
    expect(JSON.stringify(kit.wire.last)).toContain('NotAcceptedError');
    const { last } = kit.wire;
    expect(last.type === 'error' && last.data.length).toBeLessThan(200);
  });

  it.each<[string, object]>([
    ['secret', agreed],
    ['wrong', refused('NotAcceptedError')],
  ])('auth once more, with token %j, is judged again and ends nothing', (token, answer) => {
    const kit = new RequestsKit();
    kit.receive(authMessage(5, '', token));
    expect(kit.wire.sent).toMatchObject([answer]);
    expect(kit.session.isClosed()).toBe(false);
  });

  it('auth once more without credentials is an Error F01', () => {
    const kit = new RequestsKit();
    kit.message(octetEntry('auth', Buffer.alloc(0)));
    expect(kit.wire.sent).toMatchObject([refused('InvalidFieldsError')]);
  });
});

describe('a quote', () => {
  it('passes the packet on byte for byte', async () => {
    const kit = new RequestsKit();
    const packet = encodeIlp({
      type: 'by-source-request',
      destinationAccount: 'test.b.c',
      sourceAmount: 5n,
      destinationHoldDurationMs: 3_000,
    });
    const heard: Buffer[] = [];
    kit.quote = (asked) => {
      heard.push(asked);
      return Promise.resolve(asked);
    };
    kit.message(ilpEntry(packet));
    await new Promise(setImmediate);
    expect(heard).toEqual([packet]);
  });
});
