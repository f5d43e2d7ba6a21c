import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { failureOf } from '../../../test/interop/codec-failures';
import {
  alphaBalanceEntry,
  balanceEntry,
  limitEntry,
  numberRequest,
  readAlphaBalance,
  readBalance,
  readLimit,
} from './balance-and-limit';
import { decodeBtp, encodeBtp } from './btp-codec';
import { BTP_ERRORS, btpError, resolveBtpError } from './btp-errors';
import {
  accountInfoEntry,
  asksForFullInfo,
  infoRequest,
  type LedgerInfo,
  ledgerInfoEntry,
  readAccountInfo,
  readLedgerInfo,
} from './ledger-info';
import { jsonEntry, octetEntry, protocolEntry, SUB_PROTOCOL, textEntry } from './sub-protocols';

const vectors = JSON.parse(
  readFileSync(join(__dirname, '../../../test/vectors/vectors.json'), 'utf8'),
) as { readonly int64_balance: readonly { readonly value: string; readonly hex: string }[] };

const json = (name: string, value: unknown) => jsonEntry(name, Buffer.from(JSON.stringify(value)));

describe('protocol entries', () => {
  it('are found by name, the last one of a name', () => {
    const entries = [textEntry('a', '1'), textEntry('b', '2'), textEntry('a', '3')];
    expect(protocolEntry(entries, 'a')).toBe(entries[2]);
    expect(protocolEntry(entries, 'b')).toBe(entries[1]);
    expect(protocolEntry(entries, 'c')).toBeUndefined();
    expect(protocolEntry([], 'a')).toBeUndefined();
  });

  it('that we send have short ASCII names (SPEC §5.10)', () => {
    for (const name of Object.values(SUB_PROTOCOL)) expect(name).toMatch(/^[ -~]{1,64}$/);
  });
});

describe('balances', () => {
  it.each(vectors.int64_balance)('$value is $hex in both directions', ({ value, hex }) => {
    expect(balanceEntry(BigInt(value)).data.toString('hex')).toBe(hex);
    expect(readBalance(octetEntry('balance', Buffer.from(hex, 'hex')))).toBe(BigInt(value));
  });

  it('span exactly 64 bits with a sign', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), (value) => {
        expect(readBalance(balanceEntry(value))).toBe(value);
      }),
    );
    for (const value of [2n ** 63n, -(2n ** 63n) - 1n]) {
      expect(failureOf(() => balanceEntry(value))).toMatchObject({ rule: 'out-of-range' });
    }
  });

  it('have no sign in BTP/alpha', () => {
    expect(readAlphaBalance(alphaBalanceEntry(2n ** 64n - 1n))).toBe(2n ** 64n - 1n);
    for (const value of [2n ** 64n, -1n]) {
      expect(failureOf(() => alphaBalanceEntry(value))).toMatchObject({ rule: 'out-of-range' });
    }
  });

  it.each([0, 7, 9])('are not of %d bytes', (size) => {
    const entry = octetEntry('balance', Buffer.alloc(size));
    expect(failureOf(() => readBalance(entry))).toMatchObject({ rule: 'wrong-length' });
    expect(failureOf(() => readAlphaBalance(entry))).toMatchObject({ rule: 'wrong-length' });
  });

  it('are read from a frame as it was captured', () => {
    const frame = Buffer.from(
      '0167f57a4514010107' + '62616c616e6365' + '00080000000000004e20',
      'hex',
    );
    expect(readBalance(decodeBtp(frame).protocolData[0]!)).toBe(20_000n);
    const request = encodeBtp({
      type: 'message',
      requestId: 1,
      protocolData: [numberRequest('balance')],
    });
    expect(request.toString('hex')).toBe('06000000010d01010762616c616e6365000100');
  });
});

describe('limits', () => {
  it('are a JSON string of a decimal number', () => {
    expect(limitEntry(1_000_000n)).toEqual({
      protocolName: 'limit',
      contentType: 2,
      data: Buffer.from('"1000000"'),
    });
    expect(readLimit(json('limit', '1000000'))).toBe(1_000_000n);
    expect(readLimit(json('limit', '-5'))).toBe(-5n);
    expect(readLimit(limitEntry('unlimited'))).toBe('unlimited');
    expect(numberRequest('limit')).toEqual(octetEntry('limit', Buffer.of(0)));
  });

  it.each([
    ['1e6', 'not-an-integer'],
    ['', 'not-an-integer'],
    ['1.5', 'not-an-integer'],
    ['0x10', 'not-an-integer'],
    ['-Infinity', 'not-an-integer'],
    ['9'.repeat(41), 'not-an-integer'],
    [null, 'not-an-integer'],
    [{}, 'not-an-integer'],
  ])('are not %j', (value, rule) => {
    expect(failureOf(() => readLimit(json('limit', value)))).toMatchObject({
      name: 'UnreadablePacketError',
      field: 'limit',
      rule,
    });
  });

  it('are not what is not JSON', () => {
    const entry = jsonEntry('limit', Buffer.from('1000000"'));
    expect(failureOf(() => readLimit(entry))).toMatchObject({ rule: 'not-json' });
  });
});

describe('ledger info', () => {
  const info: LedgerInfo = {
    prefix: 'peer.ab.',
    currencyCode: 'USD',
    currencyScale: 9,
    connectors: ['peer.ab.server'],
  };

  it('is read as it was captured', () => {
    const text =
      '{"prefix":"peer.ab.","currencyCode":"USD","currencyScale":9,"connectors":["peer.ab.server"]}';
    expect(readLedgerInfo(jsonEntry('info', Buffer.from(text)))).toEqual(info);
    expect(ledgerInfoEntry(info)).toEqual(jsonEntry('info', Buffer.from(text)));
  });

  it('comes back as it went, with all that is optional', () => {
    const full: LedgerInfo = {
      ...info,
      currencyScale: -2,
      minBalance: -(10n ** 20n),
      maxBalance: 10n ** 20n,
      ccpDialects: ['v17', 'v21'],
    };
    expect(readLedgerInfo(ledgerInfoEntry(full))).toEqual(full);
    expect(JSON.parse(ledgerInfoEntry(full).data.toString())).toMatchObject({
      minBalance: '-100000000000000000000',
    });
  });

  it('ignores unknown members, missing connectors and unreadable hints', () => {
    const value = { ...info, foo: 1, connectors: undefined, maxBalance: 'Infinity', minBalance: 5 };
    expect(readLedgerInfo(json('info', value))).toEqual({ ...info, connectors: [] });
    const dialects = { ...info, ccpDialects: ['v21', 'v99', 7] };
    expect(readLedgerInfo(json('info', dialects)).ccpDialects).toEqual(['v21']);
    expect(readLedgerInfo(json('info', { ...info, ccpDialects: 'v21' }))).toEqual(info);
  });

  it.each([
    [{ prefix: 'peer.ab' }, 'info.prefix', 'not-a-prefix'],
    [{ prefix: 5 }, 'info.prefix', 'not-a-prefix'],
    [{ prefix: 'peer ab.' }, 'info.prefix', 'not-a-prefix'],
    [{ currencyCode: '' }, 'info.currencyCode', 'not-text'],
    [{ currencyCode: null }, 'info.currencyCode', 'not-text'],
    [{ currencyScale: '9' }, 'info.currencyScale', 'not-an-integer'],
    [{ currencyScale: 1.5 }, 'info.currencyScale', 'not-an-integer'],
    [{ currencyScale: undefined }, 'info.currencyScale', 'not-an-integer'],
    [{ connectors: 'peer.ab.server' }, 'info.connectors', 'wrong-type'],
    [{ connectors: [5] }, 'info.connectors', 'not-an-address'],
    [{ connectors: ['a b'] }, 'info.connectors', 'not-an-address'],
  ])('refuses %j', (members, field, rule) => {
    const entry = json('info', { ...info, ...members });
    expect(failureOf(() => readLedgerInfo(entry))).toMatchObject({
      name: 'UnreadablePacketError',
      field,
      rule,
    });
  });

  it.each([
    ['{', 'not-json'],
    ['[]', 'wrong-type'],
    ['null', 'wrong-type'],
    ['"x"', 'wrong-type'],
  ])('is not %s', (text, rule) => {
    const entry = jsonEntry('info', Buffer.from(text));
    expect(failureOf(() => readLedgerInfo(entry))).toMatchObject({ field: 'info', rule });
  });

  it('is asked for with the byte 02, the account with any other', () => {
    expect(infoRequest('full')).toEqual(octetEntry('info', Buffer.of(2)));
    expect(infoRequest('account')).toEqual(octetEntry('info', Buffer.of(0)));
    expect(asksForFullInfo(textEntry('info', '\u0002'))).toBe(true);
    expect(asksForFullInfo(octetEntry('info', Buffer.of(1)))).toBe(false);
    expect(asksForFullInfo(octetEntry('info', Buffer.alloc(0)))).toBe(false);
  });

  it('of an account alone is its address as text', () => {
    expect(accountInfoEntry('test.a.server')).toEqual(textEntry('info', 'test.a.server'));
    expect(readAccountInfo(textEntry('info', 'test.a.server'))).toBe('test.a.server');
    expect(failureOf(() => readAccountInfo(textEntry('info', 'a b')))).toMatchObject({
      field: 'info',
      rule: 'not-an-address',
    });
  });
});

describe('BTP errors', () => {
  it('are sent with the codes of the RFC', () => {
    expect(BTP_ERRORS).toEqual({
      UnreachableError: 'T00',
      NotAcceptedError: 'F00',
      InvalidFieldsError: 'F01',
      TransferNotFoundError: 'F03',
      InvalidFulfillmentError: 'F04',
      DuplicateIdError: 'F05',
      AlreadyRolledBackError: 'F06',
      AlreadyFulfilledError: 'F07',
      InsufficientBalanceError: 'F08',
    });
  });

  it.each([
    // By name, although the framework shifts its codes.
    [{ name: 'TransferNotFoundError', code: 'F02' }, 'TransferNotFoundError'],
    [{ name: 'DuplicateIdError', code: 'F04' }, 'DuplicateIdError'],
    [{ name: 'AlreadyRolledBackError', code: 'F05' }, 'AlreadyRolledBackError'],
    // By RFC code, only where the name is unknown.
    [{ name: 'TypeError', code: 'F08' }, 'InsufficientBalanceError'],
    [{ name: '', code: 'T00' }, 'UnreachableError'],
    // By neither.
    [{ name: 'TypeError', code: 'F02' }, 'NotAcceptedError'],
    [{ name: 'constructor', code: 'F99' }, 'NotAcceptedError'],
  ])('%j means %s', (error, name) => {
    expect(resolveBtpError(error)).toBe(name);
  });

  it('are built whole, with the message as JSON of at most 8192 bytes', () => {
    const cause = { requestId: 4, name: 'DuplicateIdError', triggeredAtMs: 0 } as const;
    expect(btpError({ ...cause, message: 'known' })).toEqual({
      type: 'error',
      requestId: 4,
      protocolData: [],
      code: 'F05',
      name: 'DuplicateIdError',
      triggeredAtMs: 0,
      data: Buffer.from('{"message":"known"}'),
    });
    const long = btpError({ ...cause, message: '"'.repeat(9000) });
    expect(decodeBtp(encodeBtp(long))).toEqual(long);
  });
});
