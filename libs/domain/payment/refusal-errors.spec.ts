import fc from 'fast-check';
import { openLedger, type Refusal } from '#domain/ledger';
import { BTP_ERRORS, encodeIlp, ILP_LIMIT, type IlpError } from '#protocol';
import { aLedgerId, aRejection, ilpErrorOf, ledgerOpened, NOON_MS } from '#testing';

import { btpRefusal } from './btp-refusal';
import { ilpRejection } from './ilp-rejection';
import { forwardedReason, peerReason, plannedReason, relayedReason } from './reason';

const transferId = 'b4c838f6-80b1-47f8-a82e-b1fcfbed89d5';
const bob = openLedger(aLedgerId('bob'), ledgerOpened({ prefix: 'test.bob.' }));

describe('what a peer is told when its call changes nothing', () => {
  const expected: Record<Refusal['kind'], [Refusal, keyof typeof BTP_ERRORS]> = {
    LedgerNotFound: [{ kind: 'LedgerNotFound', ledgerId: 'bob' }, 'UnreachableError'],
    AmountOutOfRange: [{ kind: 'AmountOutOfRange', amount: 0n, maximum: 9n }, 'InvalidFieldsError'],
    DuplicateId: [{ kind: 'DuplicateId', transferId }, 'DuplicateIdError'],
    AlreadyFulfilled: [{ kind: 'AlreadyFulfilled', transferId }, 'AlreadyFulfilledError'],
    AlreadyRolledBack: [{ kind: 'AlreadyRolledBack', transferId }, 'AlreadyRolledBackError'],
    LedgerNotOpen: [
      { kind: 'LedgerNotOpen', ledgerId: 'bob', standing: 'paused' },
      'UnreachableError',
    ],
    SumOutOfRange: [{ kind: 'SumOutOfRange', sum: 8n, maximum: 7n }, 'InsufficientBalanceError'],
    InsufficientBalance: [
      { kind: 'InsufficientBalance', required: 8n, available: -5n },
      'InsufficientBalanceError',
    ],
    TransferNotFound: [{ kind: 'TransferNotFound', transferId }, 'TransferNotFoundError'],
    WrongDirection: [{ kind: 'WrongDirection', transferId }, 'NotAcceptedError'],
    InvalidFulfillment: [{ kind: 'InvalidFulfillment', transferId }, 'InvalidFulfillmentError'],
  };

  test.each(Object.values(expected))('%j: %s', (refusal, name) => {
    expect(btpRefusal(refusal).name).toBe(name);
    expect(BTP_ERRORS).toHaveProperty(name);
  });

  test('names both numbers', () => {
    expect(btpRefusal(expected.InsufficientBalance[0]).message).toMatch(/ 8 .*-5/);
    expect(btpRefusal(expected.AmountOutOfRange[0]).message).toMatch(/ 0 .*1 and 9/);
    expect(btpRefusal(expected.SumOutOfRange[0]).message).toMatch(/ 8, .* 7 /);
  });

  test.each([
    ['paused', 'UnreachableError', /paused.*later/],
    ['draining', 'UnreachableError', /draining.*later/],
    ['closed', 'NotAcceptedError', /closed$/],
  ] as const)('says of a %s ledger %s', (standing, name, message) => {
    const told = btpRefusal({ kind: 'LedgerNotOpen', ledgerId: 'bob', standing });
    expect(told.name).toBe(name);
    expect(told.message).toMatch(message);
  });
});

describe('what the payer is told when the next ledger takes nothing', () => {
  test.each([
    [{ kind: 'LedgerNotOpen', ledgerId: 'bob', standing: 'paused' }, 'T01'],
    [{ kind: 'LedgerNotOpen', ledgerId: 'bob', standing: 'closed' }, 'T01'],
    [{ kind: 'SumOutOfRange', sum: 8n, maximum: 7n }, 'T04'],
    [{ kind: 'InsufficientBalance', required: 8n, available: 7n }, 'T04'],
  ] as const)('of %j is %s, without a number', (fault, code) => {
    const rejection = ilpRejection(fault);
    expect(rejection.code).toBe(code);
    expect(rejection.message).not.toMatch(/\d/);
  });
});

describe('the reason of a plan', () => {
  const speaker = { triggeredBy: 'test.alice.server', atMs: NOON_MS };
  const plan = { kind: 'refuse', code: 'F02', triggeredBy: 'test.x', message: 'no' } as const;

  test.each([
    ['F02', 'F02', 'Unreachable'],
    ['S01', 'S01', 'S01'],
    ['', 'T00', 'Internal Error'],
    ['toString', 'T00', 'Internal Error'],
    ['F0☂', 'T00', 'Internal Error'],
  ])('of code %j is %s %s', (code, relayed, name) => {
    const error = ilpErrorOf(plannedReason({ ...plan, code }, speaker));
    expect(error).toMatchObject({ code: relayed, name, triggeredBy: 'test.x' });
  });

  test.each(['', 'no address', '☂', 'x'.repeat(1024)])(
    'of account %.20j is our own',
    (triggeredBy) => {
      const error = ilpErrorOf(plannedReason({ ...plan, triggeredBy }, speaker));
      expect(error.triggeredBy).toBe('test.alice.server');
    },
  );

  test('of a long message is cut to what an error may hold', () => {
    const error = ilpErrorOf(plannedReason({ ...plan, message: '☂'.repeat(9000) }, speaker));
    expect(error.data.length).toBeLessThanOrEqual(ILP_LIMIT.errorData);
    expect(error.data.toString()).toMatch(/^\{"message":"☂+"\}$/);
  });

  test.each([
    ['test.x', ['test.alice.server']],
    ['test.alice.server', []],
    ['no address', []],
  ])('that %s has raised was passed on by %j', (triggeredBy, forwardedBy) => {
    const error = ilpErrorOf(relayedReason({ ...plan, triggeredBy }, speaker));
    expect(error).toMatchObject({ code: 'F02', forwardedBy });
  });
});

describe('the reason of a peer', () => {
  test('is relayed as it is', () => {
    const reason = aRejection({ code: 'S06', name: 'what', forwardedBy: ['a', 'b'] });
    expect(peerReason(bob, reason, NOON_MS + 1)).toEqual(reason);
  });

  test('loses what lies behind it', () => {
    const trailing = Buffer.concat([aRejection(), Buffer.from('more')]);
    expect(peerReason(bob, trailing, NOON_MS)).toEqual(aRejection());
  });

  test('of type 11 becomes one of type 8, with the moment at which it came in', () => {
    const rejection = encodeIlp({
      type: 'rejection',
      code: 'F02',
      triggeredBy: 'test.far',
      message: 'No route',
      data: Buffer.from('lost'),
    });
    expect(ilpErrorOf(peerReason(bob, rejection, NOON_MS + 7))).toEqual({
      type: 'error',
      code: 'F02',
      name: 'Unreachable',
      triggeredBy: 'test.far',
      forwardedBy: [],
      triggeredAtMs: NOON_MS + 7,
      data: Buffer.from('No route'),
    });
  });

  test.each<[string, Partial<IlpError>]>([
    ['name', { name: 'n'.repeat(60_000) }],
    ['account', { triggeredBy: 't'.repeat(60_000) }],
    ['forwarder', { forwardedBy: ['f'.repeat(60_000)] }],
    ['list of forwarders', { forwardedBy: Array.from({ length: 5000 }, () => 'test.far') }],
    ['data', { data: Buffer.alloc(8192) }],
  ])('with a %s of the greatest length fits into a frame, hop after hop', (_what, change) => {
    let reason = peerReason(bob, aRejection(change), NOON_MS);
    for (let hop = 0; hop < 30; hop += 1) {
      reason = forwardedReason(reason, `test.${'h'.repeat(1000)}.${hop}`, NOON_MS);
    }
    expect(reason.length).toBeLessThan(32_768);
    const { code, forwardedBy } = ilpErrorOf(reason);
    expect(code).toBe('F99');
    expect(forwardedBy.at(-1)).toMatch(/\.29$/);
    expect(forwardedBy).toHaveLength(20);
  });
});

test('no bytes whatever keep a rejection from being relayed', () => {
  const whole = aRejection({ forwardedBy: ['test.a', 'test.b'] });
  const damaged = fc.tuple(fc.nat(whole.length - 1), fc.nat(255)).map(([at, byte]) => {
    const bytes = Buffer.from(whole);
    bytes[at] = byte;
    return bytes;
  });
  const random = fc.uint8Array({ maxLength: 100 }).map((bytes) => Buffer.from(bytes));
  fc.assert(
    fc.property(fc.oneof(random, damaged), (reason) => {
      const known = peerReason(bob, reason, NOON_MS);
      expect(ilpErrorOf(known).code).toHaveLength(3);
      const { forwardedBy } = ilpErrorOf(forwardedReason(known, 'test.alice.server', NOON_MS));
      expect(forwardedBy).toEqual([...ilpErrorOf(known).forwardedBy, 'test.alice.server']);
    }),
    { numRuns: 1000 },
  );
});

test('a reason that an old log holds and nobody can read is forwarded as F00', () => {
  expect(
    ilpErrorOf(forwardedReason(Buffer.from('old'), 'test.alice.server', NOON_MS)),
  ).toMatchObject({
    code: 'F00',
    triggeredBy: 'test.alice.server',
    forwardedBy: [],
  });
});
