import fc from 'fast-check';
import { balanceEntry, limitEntry } from '../btp/balance-and-limit';
import { ilpEntry, jsonEntry } from '../btp/sub-protocols';
import type { RpcMethod } from './rpc-call';
import { RpcFieldError } from './rpc-field-error';
import { rpcBody } from './rpc-json';
import { readRpcRefusal, readRpcResult, writeRpcResult } from './rpc-result';

const ledger = { prefix: 'peer.x.', account: 'peer.x.us', peerAccount: 'peer.x.them' };
const theirs = { prefix: 'peer.x.', account: 'peer.x.them', peerAccount: 'peer.x.us' };
const read = (method: RpcMethod, body: string) => readRpcResult(method, Buffer.from(body), ledger);

function faultOf(method: RpcMethod, body: string): string {
  try {
    read(method, body);
  } catch (error) {
    if (error instanceof RpcFieldError) return `${error.field}: ${error.rule}`;
    throw error;
  }
  return 'none';
}

describe('a result', () => {
  it.each<[RpcMethod, bigint]>([
    ['get_balance', -5n],
    ['get_balance', 2n ** 63n - 1n],
    ['get_limit', 10n ** 18n],
  ])('of %s reads alike with and without quotes, exactly: %s', (method, value) => {
    const entry = method === 'get_balance' ? balanceEntry(value) : limitEntry(value);
    expect(read(method, `"${value}"`)).toEqual([entry]);
    expect(read(method, String(value))).toEqual([entry]);
    expect(writeRpcResult(method, [entry], theirs)).toBe(String(value));
  });

  it('of get_limit may be infinite', () => {
    expect(read('get_limit', '"Infinity"')).toEqual([limitEntry('unlimited')]);
    expect(read('get_limit', 'Infinity')).toEqual([limitEntry('unlimited')]);
    expect(writeRpcResult('get_limit', [limitEntry('unlimited')], theirs)).toBe('Infinity');
  });

  it.each<[RpcMethod, string, string]>([
    ['get_balance', '"Infinity"', 'get_balance: not-an-integer'],
    ['get_balance', '1.5', 'get_balance: not-an-integer'],
    ['get_balance', '"5', 'get_balance: not-an-integer'],
    ['get_balance', String(2n ** 63n), 'get_balance: out-of-range'],
    ['get_limit', '{}', 'get_limit: not-an-integer'],
    ['send_transfer', '<html>', 'result: not-done'],
    ['send_transfer', '"true"', 'result: not-done'],
    ['fulfill_condition', '', 'result: not-done'],
    ['fulfill_condition', '{}', 'result: not-done'],
    ['send_request', 'true', 'result: not-an-object'],
    ['send_request', '', 'result: not-json'],
    ['send_request', '{"ledger":"peer.y."}', 'result.ledger: not-this-ledger'],
  ])('of %s that is %s says nothing: %s', (method, body, fault) => {
    expect(faultOf(method, body)).toBe(fault);
  });

  it('of a transfer call is that it is done', () => {
    expect(read('send_transfer', 'true')).toEqual([]);
    expect(writeRpcResult('send_transfer', [], theirs)).toBe(true);
    expect(writeRpcResult('send_message', [ilpEntry(Buffer.from('x'))], theirs)).toBe(true);
  });

  it('of a request is the message that was written', () => {
    const custom = jsonEntry('custom', Buffer.from('{"a":1}'));
    for (const entries of [
      [],
      [ilpEntry(Buffer.from('x'))],
      [ilpEntry(Buffer.from('x')), custom],
    ]) {
      const written = rpcBody(writeRpcResult('send_request', entries, theirs)).toString();
      expect(read('send_request', written)).toEqual(entries);
    }
  });

  it('has every number as it was written', () => {
    const custom = jsonEntry('custom', Buffer.from('{"n":[9007199254740993,1.0]}'));
    const written = rpcBody(writeRpcResult('send_request', [custom], theirs)).toString();
    expect(written).toContain('"custom":{"n":[9007199254740993,1.0]}');
    expect(read('send_request', written)).toEqual([custom]);
  });

  it('that is anything at all is read or refused, and never breaks', () => {
    const method = fc.constantFrom<RpcMethod>('get_balance', 'send_request', 'send_transfer');
    fc.assert(
      fc.property(method, fc.oneof(fc.string(), fc.json()), (name, body) => {
        try {
          read(name, body);
        } catch (error) {
          expect(error).toBeInstanceOf(RpcFieldError);
        }
      }),
    );
  });
});

describe('a refusal', () => {
  it('is an object with id and message', () => {
    const body = Buffer.from('{"id":"NotAcceptedError","message":"no","more":1}');
    expect(readRpcRefusal(body)).toEqual({ id: 'NotAcceptedError', message: 'no' });
  });

  it.each(['true', '', '[]', 'null', '{"id":1,"message":"x"}', '{"id":"x"}', '{"message":"x"}'])(
    'is not %j',
    (body) => {
      expect(readRpcRefusal(Buffer.from(body))).toBeUndefined();
    },
  );

  it('is not a message', () => {
    const message = { id: 'x', message: 'y', ledger: 'peer.x.' };
    expect(readRpcRefusal(Buffer.from(JSON.stringify(message)))).toBeUndefined();
  });
});
