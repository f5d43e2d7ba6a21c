import fc from 'fast-check';
import type { BtpRequest } from '../btp/btp-packet';
import { ilpEntry, jsonEntry, textEntry } from '../btp/sub-protocols';
import { encodeIlp } from '../ilp/encode-ilp';
import { decodeIlp } from '../ilp/decode-ilp';
import { readRpcCall, rpcMethod, rpcParams, writeRpcCall } from './rpc-call';
import { RpcFieldError } from './rpc-field-error';
import { rpcBody } from './rpc-json';

const NOW_MS = Date.UTC(2017, 7, 28, 9, 32);
/** The peer's view of a ledger and ours: what one writes the other reads. */
const theirs = {
  prefix: 'peer.pjjQz.usd.9.',
  account: 'peer.pjjQz.usd.9.ERvj',
  peerAccount: 'peer.pjjQz.usd.9.oUID',
};
const ledger = { prefix: theirs.prefix, account: theirs.peerAccount, peerAccount: theirs.account };
const setting = { ledger, nowMs: NOW_MS };
const ID = 'b4c838f6-80b1-47f8-a82e-b1fcfbed89d5';
const CONDITION = 'S7BvTjp3FdUB1XPQqkI3YuVdq9YaLAICj6Vs1ylNDgA';
const transfer = {
  id: ID,
  ledger: ledger.prefix,
  from: ledger.peerAccount,
  to: ledger.account,
  amount: '1000',
  ilp: 'AQ',
  executionCondition: Buffer.alloc(32, 7).toString('base64url'),
  expiresAt: '2017-08-28T09:32:00.000Z',
};
const message = { ledger: ledger.prefix, from: ledger.peerAccount, to: ledger.account };

const read = (method: string, ...params: unknown[]): BtpRequest =>
  readRpcCall({ method: rpcMethod(method), params }, 1, setting);

function faultOf(method: string, ...params: unknown[]): string {
  try {
    read(method, ...params);
  } catch (error) {
    if (error instanceof RpcFieldError) return `${error.field}: ${error.rule}`;
    throw error;
  }
  return 'none';
}

const bytes = (size: number) =>
  fc.uint8Array({ minLength: size, maxLength: size }).map((octets) => Buffer.from(octets));
const transferId = fc.uuid();
const ilp = fc
  .uint8Array({ minLength: 1, maxLength: 200 })
  .map((octets) => ilpEntry(Buffer.from(octets)));
const custom = fc
  .dictionary(fc.string(), fc.jsonValue())
  .map((value) => jsonEntry('custom', Buffer.from(JSON.stringify(value))));
const sideData = fc
  .tuple(fc.option(ilp), fc.option(custom))
  .map((entries) => entries.filter((entry) => entry !== null));
const moment = fc.integer({ min: Date.UTC(1971, 0), max: Date.UTC(9999, 0) });
const reason = fc
  .record({
    code: fc.constantFrom('F00', 'F99', 'T01', 'R02', 'X17'),
    name: fc.constantFrom('Bad Request', 'whatever'),
    triggeredBy: fc.constantFrom('test.x', theirs.account),
    forwardedBy: fc.subarray(['test.a', 'test.b', 'test.c']),
    triggeredAtMs: moment,
    data: fc.string().map((text) => Buffer.from(JSON.stringify({ message: text }))),
  })
  .map((error) => ilpEntry(encodeIlp({ type: 'error', ...error })));
const request: fc.Arbitrary<BtpRequest> = fc.oneof(
  fc.record({
    type: fc.constant('prepare' as const),
    requestId: fc.constant(1),
    transferId,
    amount: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
    executionCondition: bytes(32),
    expiresAtMs: moment,
    protocolData: sideData,
  }),
  fc.record({
    type: fc.constant('fulfill' as const),
    requestId: fc.constant(1),
    transferId,
    fulfillment: bytes(32),
    protocolData: fc.constant([]),
  }),
  fc.record({
    type: fc.constant('reject' as const),
    requestId: fc.constant(1),
    transferId,
    protocolData: reason.map((entry) => [entry]),
  }),
  fc.record({
    type: fc.constant('message' as const),
    requestId: fc.constant(1),
    protocolData: sideData.filter((entries) => entries.length > 0),
  }),
);

describe('a call', () => {
  it('of one side is read by the other as what it was', () => {
    fc.assert(
      fc.property(request, (original) => {
        const call = writeRpcCall(original, { ledger: theirs, nowMs: NOW_MS });
        if (call === undefined) throw new Error('no call');
        const params = rpcParams(rpcBody(call.params));
        const seen = readRpcCall({ ...call, params }, 1, setting);
        expect(readable(seen)).toEqual(readable(original));
      }),
    );
  });

  it('with any parameters at all is read or refused, and never breaks', () => {
    const methods = fc.constantFrom(
      'send_request',
      'send_message',
      'send_transfer',
      'fulfill_condition',
      'reject_incoming_transfer',
      'expire_transfer',
      'get_limit',
      'get_balance',
    );
    const mutated = fc
      .tuple(fc.constantFrom(...Object.keys(transfer), 'custom', 'data'), fc.jsonValue())
      .map(([key, value]) => ({ ...transfer, [key]: value }));
    const param = fc.oneof(fc.jsonValue(), mutated, fc.constant(ID), fc.constant(CONDITION));
    fc.assert(
      fc.property(methods, fc.array(param), (method, params) => {
        expect(faultOf(method, ...params)).toEqual(expect.any(String));
      }),
      { numRuns: 500 },
    );
  });
});

/** JSON in `custom` may be written otherwise and mean the same. */
function readable(packet: BtpRequest): unknown {
  const protocolData = packet.protocolData.map(({ protocolName, data, ...rest }) => ({
    protocolName,
    ...rest,
    data: protocolName === 'custom' ? (JSON.parse(data.toString()) as unknown) : data,
  }));
  return { ...packet, protocolData };
}

describe('a transfer', () => {
  it('of virtual is a Prepare; what has no place in it is passed over', () => {
    const noted = { ...transfer, noteToSelf: { mine: 1 }, data: { x: 1 }, account: 'x' };
    expect(read('send_transfer', noted)).toEqual({
      type: 'prepare',
      requestId: 1,
      transferId: ID,
      amount: 1000n,
      executionCondition: Buffer.alloc(32, 7),
      expiresAtMs: NOW_MS,
      protocolData: [ilpEntry(Buffer.from([1]))],
    });
  });

  it.each([
    ['an exact number', { amount: 1000 }],
    ['a padded condition', { executionCondition: `${transfer.executionCondition}=` }],
    ['another time zone', { expiresAt: '2017-08-28T11:32:00+02:00' }],
    ['a custom that is null', { custom: null }],
  ])('may have %s', (_what, change) => {
    expect(read('send_transfer', { ...transfer, ...change })).toEqual(
      read('send_transfer', transfer),
    );
  });

  it.each<[string, unknown, string]>([
    ['is none', undefined, 'transfer: missing'],
    ['is a text', 'x', 'transfer: not-an-object'],
    ['is a list', [], 'transfer: not-an-object'],
    [
      'is on another ledger',
      { ...transfer, ledger: 'peer.x.' },
      'transfer.ledger: not-this-ledger',
    ],
    ['has no ledger', { ...transfer, ledger: undefined }, 'transfer.ledger: missing'],
    ['is from us', { ...transfer, from: ledger.account }, 'transfer.from: not-this-account'],
    ['is to the peer', { ...transfer, to: ledger.peerAccount }, 'transfer.to: not-this-account'],
    [
      'goes below an account',
      { ...transfer, to: `${ledger.account}.x` },
      'transfer.to: not-this-account',
    ],
    ['has a number for an id', { ...transfer, id: 7 }, 'transfer.id: not-text'],
    [
      'has an id in capitals',
      { ...transfer, id: ID.toUpperCase() },
      'transfer.id: not-a-transfer-id',
    ],
    ['has no amount', { ...transfer, amount: null }, 'transfer.amount: missing'],
    ['has a fraction', { ...transfer, amount: '1.5' }, 'transfer.amount: not-an-amount'],
    ['has a debt', { ...transfer, amount: '-1' }, 'transfer.amount: not-an-amount'],
    ['has an inexact number', { ...transfer, amount: 2 ** 60 }, 'transfer.amount: not-an-amount'],
    [
      'has too much',
      { ...transfer, amount: (2n ** 64n).toString() },
      'transfer.amount: out-of-range',
    ],
    [
      'is unconditional',
      { ...transfer, executionCondition: undefined },
      'transfer.executionCondition: missing',
    ],
    [
      'has a short condition',
      { ...transfer, executionCondition: 'AAAA' },
      'transfer.executionCondition: wrong-length',
    ],
    [
      'has a condition in no alphabet',
      { ...transfer, executionCondition: '!' },
      'transfer.executionCondition: not-base64',
    ],
    ['has no date', { ...transfer, expiresAt: undefined }, 'transfer.expiresAt: missing'],
    [
      'has a day that there is not',
      { ...transfer, expiresAt: '2017-02-30T00:00:00.000Z' },
      'transfer.expiresAt: not-a-timestamp',
    ],
    [
      'has a date without a zone',
      { ...transfer, expiresAt: '2017-08-28T09:32:00' },
      'transfer.expiresAt: not-a-timestamp',
    ],
    [
      'has an hour 24',
      { ...transfer, expiresAt: '2017-08-28T24:00:00Z' },
      'transfer.expiresAt: not-a-timestamp',
    ],
    ['has bytes for ilp', { ...transfer, ilp: [1] }, 'transfer.ilp: not-text'],
    ['has a text for custom', { ...transfer, custom: 'x' }, 'transfer.custom: not-an-object'],
  ])('that %s is refused by its field', (_what, value, fault) => {
    expect(faultOf('send_transfer', value)).toBe(fault);
  });

  it('with a custom nested beyond all bounds is refused', () => {
    const nested = `{"x":${'['.repeat(60_000)}${']'.repeat(60_000)}}`;
    const deep = { ...transfer, custom: JSON.parse(nested) as unknown };
    expect(['none', 'transfer.custom: too-deep']).toContain(faultOf('send_transfer', deep));
  });
});

describe('a message', () => {
  it('of a connector of old has in data what later stands in custom', () => {
    const broadcast = { method: 'broadcast_routes', data: { new_routes: [] } };
    const entry = jsonEntry('custom', Buffer.from(JSON.stringify(broadcast)));
    for (const change of [{ data: broadcast }, { custom: broadcast }]) {
      const { protocolData } = read('send_message', { ...message, ...change });
      expect(protocolData).toEqual([entry]);
    }
  });

  it.each(['custom', 'data'])('has every number in %s as it was written, both ways', (member) => {
    const update = '{"points":[[9007199254740993,18446744073709551615],[1e400,0.10]]}';
    const text = JSON.stringify([{ ...message, [member]: 0 }]).replace(':0}', `:${update}}`);
    const params = rpcParams(Buffer.from(text));
    const asked = readRpcCall({ method: 'send_request', params }, 1, setting);
    expect(asked.protocolData.map(({ data }) => data.toString())).toEqual([update]);
    const call = writeRpcCall(asked, { ledger: theirs, nowMs: NOW_MS });
    expect(rpcBody(call?.params).toString()).toContain(`"custom":${update}`);
  });

  it('with neither is read as one that says nothing', () => {
    expect(read('send_request', message)).toEqual({
      type: 'message',
      requestId: 1,
      protocolData: [],
    });
  });

  it('of ours without a place here is no call', () => {
    for (const name of ['info', 'auth', 'vouch']) {
      const packet = {
        type: 'message',
        requestId: 1,
        protocolData: [textEntry(name, '')],
      } as const;
      expect(writeRpcCall(packet, setting)).toBeUndefined();
    }
  });
});

describe('an outcome', () => {
  it.each([
    ['fulfill_condition', [], 'transferId: missing'],
    ['fulfill_condition', [ID], 'fulfillment: missing'],
    ['fulfill_condition', [ID, 'AAAA'], 'fulfillment: wrong-length'],
    ['reject_incoming_transfer', ['x'], 'transferId: not-a-transfer-id'],
    ['expire_transfer', [null], 'transferId: missing'],
  ])('%s %j is refused: %s', (method, params, fault) => {
    expect(faultOf(method, ...params)).toBe(fault);
  });

  const rejection = (why: unknown) => {
    const [entry] = read('reject_incoming_transfer', ID, why).protocolData;
    return entry && decodeIlp(entry.data);
  };

  it('is a rejection with whatever reason can be read', () => {
    expect(rejection({ code: 'F99', message: 'no thanks' })).toEqual({
      type: 'error',
      code: 'F99',
      name: 'Application Error',
      triggeredBy: ledger.peerAccount,
      forwardedBy: [],
      triggeredAtMs: NOW_MS,
      data: Buffer.from('{"message":"no thanks"}'),
    });
    const forwarded = { code: 'T01', name: 'Away', forwarded_by: 'test.a', triggered_by: 'test.b' };
    expect(rejection({ ...forwarded, triggered_at: '2017-08-28T09:31:00Z' })).toMatchObject({
      code: 'T01',
      name: 'Away',
      forwardedBy: ['test.a'],
      triggeredBy: 'test.b',
      triggeredAtMs: NOW_MS - 60_000,
    });
    expect(rejection({ code: 'F99', additional_info: { a: 1 } })).toMatchObject({
      data: Buffer.from('{"a":1}'),
    });
    const exact = '[{"code":"F99","additional_info":{"a":9007199254740993}}]';
    expect(rejection(rpcParams(Buffer.from(exact))[0])).toMatchObject({
      data: Buffer.from('{"a":9007199254740993}'),
    });
    expect(rejection('just so')).toMatchObject({ data: Buffer.from('{"message":"just so"}') });
    const nonsense = {
      code: 7,
      name: '',
      triggered_by: ' ',
      triggered_at: 'now',
      forwarded_by: [1],
    };
    expect(rejection(nonsense)).toMatchObject({ code: 'F99', triggeredBy: ledger.peerAccount });
  });

  it.each([undefined, null, 7, [1]])('is a rejection without a reason for %j', (why) => {
    expect(rejection(why)).toBeUndefined();
  });

  it('by the clock says so', () => {
    const { type, protocolData } = read('expire_transfer', ID);
    expect(type).toBe('reject');
    expect(protocolData.map(({ data }) => decodeIlp(data))).toMatchObject([{ code: 'R00' }]);
  });
});

describe('what is no call', () => {
  it('has another method', () => {
    for (const name of ['', 'toString', 'get_fulfillment']) {
      expect(() => rpcMethod(name)).toThrow(new RpcFieldError('method', 'unknown-method'));
    }
  });

  it.each([
    ['', 'not-json', 400],
    ['{"a"', 'not-json', 400],
    ['{}', 'not-a-list', 400],
    ['null', 'not-a-list', 400],
    [`${'['.repeat(60_000)}${']'.repeat(60_000)}`, 'too-deep', 400],
  ] as const)('has the body %.20j', (body, rule, status) => {
    expect(thrownBy(() => rpcParams(Buffer.from(body)))).toMatchObject({
      field: 'body',
      rule,
      status,
    });
  });
});

function thrownBy(act: () => unknown): unknown {
  try {
    return act();
  } catch (error) {
    return error;
  }
}
