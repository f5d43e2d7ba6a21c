import { judgeAnswer } from './rpc-answer';

const ledger = { prefix: 'peer.x.', account: 'peer.x.us', peerAccount: 'peer.x.them' };

function judged(status: number, body: string, method: 'send_transfer' | 'send_request') {
  return judgeAnswer({ status, body: Buffer.from(body) }, { method, ledger, nowMs: 0 });
}

const transfer = (status: number, body: string) => judged(status, body, 'send_transfer');
const known = '{"id":"TransferNotFoundError","message":"gone"}';
const strange = '{"id":"TypeError","message":"undefined is not"}';

describe('an answer', () => {
  it.each([200, 201])('of HTTP %i with its result is a Response', (status) => {
    expect(transfer(status, 'true')).toEqual({ kind: 'response', protocolData: [] });
  });

  it.each([200, 400, 404, 422, 500, 503])('of HTTP %i is a refusal if it says so', (status) => {
    expect(transfer(status, known)).toMatchObject({
      kind: 'refusal',
      refusal: { name: 'TransferNotFoundError', message: 'gone', isUnknown: false },
    });
  });

  it.each([200, 422, 500])('of HTTP %i by a name that is none of BTP tells little', (status) => {
    expect(transfer(status, strange)).toMatchObject({
      kind: 'refusal',
      refusal: { name: 'NotAcceptedError', isUnknown: true, isTemporary: false },
    });
  });

  it('"not now" is temporary', () => {
    expect(transfer(503, '{"id":"UnreachableError","message":"busy"}')).toMatchObject({
      refusal: { isTemporary: true },
    });
  });

  it.each([
    [401, known],
    [403, known],
    [401, ''],
    [404, strange],
    [404, 'Not Found'],
  ])('of HTTP %i and %s is that of a stranger', (status, body) => {
    expect(transfer(status, body)).toEqual({ kind: 'stranger', reason: `HTTP ${status}` });
  });

  it.each([301, 408, 429, 500, 502, 504])('of HTTP %i without a word is none', (status) => {
    expect(transfer(status, '')).toEqual({ kind: 'silence', reason: `HTTP ${status}` });
  });

  it.each([400, 405, 413, 422])('of HTTP %i without a word is a refusal', (status) => {
    expect(transfer(status, '')).toMatchObject({
      kind: 'refusal',
      refusal: { name: 'NotAcceptedError', isUnknown: true },
    });
  });

  it.each(['', 'null', 'false', '<html>', '{}'])(
    'of HTTP 200 that does not say that it is done, %j, is none where money is meant',
    (body) => {
      expect(transfer(200, body)).toMatchObject({ kind: 'silence' });
    },
  );

  it('that is no message is a refusal where a message was asked for', () => {
    expect(judged(200, '{"ledger":"peer.y."}', 'send_request')).toMatchObject({
      kind: 'refusal',
      refusal: { name: 'InvalidFieldsError', isTemporary: false },
    });
  });
});
