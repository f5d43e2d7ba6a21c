import { type BtpErrorName, decodeIlp, ilpEntry } from '#protocol';
import { START_MS } from '../../../../test/support/gateway/session-kit';
import {
  agreed,
  condition,
  fulfill,
  fulfillment,
  prepare,
  refused,
  reject,
  RequestsKit,
  transferId,
} from '../../../../test/support/gateway/requests-kit';

describe('a Prepare', () => {
  it('goes to the routers with all it says, and is answered as the ledger answers', () => {
    const kit = new RequestsKit();
    kit.receive(prepare());
    expect(kit.link.sent).toMatchObject([
      {
        subject: 'causeway.test.router.prepare',
        message: {
          kind: 'prepare-payment',
          replyTo: { gatewayId: 'gateway-test' },
          ledgerId: 'alice',
          transferId,
          amount: 100n,
          condition,
          expiresAtMs: START_MS + 10_000,
          receivedAtMs: START_MS,
          packet: Buffer.from('packet'),
          sideDataDigest: null,
        },
      },
    ]);
    expect(kit.wire.sent).toEqual([]);
    kit.answer(kit.reference());
    expect(kit.wire.sent).toEqual([agreed]);
    expect(kit.load.unanswered).toBe(0);
  });

  it.each<[string, BtpErrorName]>([
    ['InsufficientBalanceError', 'InsufficientBalanceError'],
    ['DuplicateIdError', 'DuplicateIdError'],
    ['NobodyKnowsThisError', 'NotAcceptedError'],
  ])('that the ledger refuses with %s is answered with %s', (name, told) => {
    const kit = new RequestsKit();
    kit.receive(prepare());
    kit.answer(kit.reference(), { name, message: 'because' });
    expect(kit.wire.sent).toMatchObject([refused(told)]);
  });

  it('of 0 is refused here', () => {
    const kit = new RequestsKit();
    kit.receive(prepare({ amount: 0n }));
    expect(kit.wire.sent).toMatchObject([refused('InvalidFieldsError')]);
    expect(kit.link.sent).toEqual([]);
  });

  it('that nobody answers is repeated for the request time-out, then met with silence', () => {
    const kit = new RequestsKit();
    kit.receive(prepare());
    for (let second = 1; second <= 8; second += 1) kit.pending.sweep(START_MS + 1_000 * second);
    expect(kit.link.all('prepare-payment')).toHaveLength(5);
    expect(kit.wire.sent).toEqual([]);
    expect(kit.metrics.requests.unanswered).toBe(1);
    expect(kit.load.unanswered).toBe(0);
  });

  it('is carried through when the session ends, only its answer is dropped', () => {
    const kit = new RequestsKit();
    kit.receive(prepare());
    kit.session.lose('gone');
    kit.pending.sweep(START_MS + 1_000);
    expect(kit.link.all('prepare-payment')).toHaveLength(2);
    kit.answer(kit.reference());
    expect(kit.wire.sent).toEqual([]);
    expect(kit.load.unanswered).toBe(0);
  });
});

describe('an outcome', () => {
  it('goes to the owner of the ledger: Fulfill', () => {
    const kit = new RequestsKit();
    kit.receive({ ...fulfill, protocolData: [ilpEntry(Buffer.from('data'))] });
    expect(kit.link.sent).toMatchObject([
      {
        subject: 'owner',
        message: {
          kind: 'peer-fulfilled',
          ledgerId: 'alice',
          transferId,
          fulfillment,
          data: Buffer.from('data'),
          receivedAtMs: START_MS,
        },
      },
    ]);
    kit.answer(kit.reference());
    expect(kit.wire.sent).toEqual([agreed]);
  });

  it('without fulfillment data says so', () => {
    const kit = new RequestsKit();
    kit.receive(fulfill);
    expect(kit.link.all('peer-fulfilled')).toMatchObject([{ data: null }]);
  });

  it('with fulfillment data beyond its size counts without it', () => {
    const kit = new RequestsKit();
    kit.receive({ ...fulfill, protocolData: [ilpEntry(Buffer.alloc(32_800))] });
    expect(kit.link.all('peer-fulfilled')).toMatchObject([{ fulfillment, data: null }]);
  });

  it('goes to the owner of the ledger: Reject', () => {
    const kit = new RequestsKit();
    kit.receive(reject);
    const [message] = kit.link.all('peer-rejected');
    expect(message).toMatchObject({ ledgerId: 'alice', transferId, receivedAtMs: START_MS });
    expect(decodeIlp(message?.reason ?? Buffer.alloc(0))).toMatchObject({
      code: 'F99',
      triggeredBy: 'test.alice.client',
    });
    kit.answer(kit.reference(), { name: 'TransferNotFoundError', message: 'unknown' });
    expect(kit.wire.sent).toMatchObject([refused('TransferNotFoundError')]);
  });

  it.each([fulfill, reject])('that nobody answers is repeated for a minute: $type', (outcome) => {
    const kit = new RequestsKit();
    kit.receive(outcome);
    for (let second = 1; second <= 70; second += 1) kit.pending.sweep(START_MS + 1_000 * second);
    expect(kit.link.sent).toHaveLength(60);
    expect(kit.wire.sent).toEqual([]);
  });
});
