import { HttpException } from '@nestjs/common';
import type { LedgerOrderReply, OrderedLedger } from '#contracts';
import {
  BusClosedError,
  DeadlineExceededError,
  NoResponderError,
  RemoteError,
  type Question,
} from '#messaging';
import { OrderDesk } from './order-desk';
import type { Operator } from './token.guard';

const ledger: OrderedLedger = {
  ledger: 'alice',
  currencyCode: 'USD',
  currencyScale: 9,
  standing: 'paused',
  balance: '0',
  incomingPrepared: '0',
  outgoingPrepared: '0',
  maxBalance: null,
  minBalance: null,
  thresholds: { low: null, high: null, settleTo: null },
  beyond: { low: false, high: false },
  difference: null,
};
const done: LedgerOrderReply = { outcome: 'done', event: 'LedgerPaused', version: 2, ledger };

const CAROL: Operator = { name: 'carol', isNamed: true };
const EVERYBODY: Operator = { name: 'operator', isNamed: false };

/** A ledger that answers so, one after the other; the last one again and again. */
class Answers {
  readonly asked: unknown[] = [];

  constructor(private readonly answers: readonly (LedgerOrderReply | Error)[]) {}

  ask<T>(_: string, data: unknown, { parse }: Question<T>): Promise<T> {
    const answer = this.answers[Math.min(this.asked.length, this.answers.length - 1)];
    this.asked.push(data);
    return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(parse(answer));
  }
}

interface Failure {
  readonly status: number;
  readonly error: Readonly<Record<string, unknown>>;
}

async function failureOf(giving: Promise<unknown>): Promise<Failure> {
  try {
    await giving;
  } catch (thrown) {
    if (!(thrown instanceof HttpException)) throw thrown;
    const { error } = thrown.getResponse() as { error: Failure['error'] };
    return { status: thrown.getStatus(), error };
  }
  throw new Error('it was obeyed');
}

interface Given {
  readonly body?: unknown;
  readonly operator?: Operator;
  readonly ledger?: string;
}

const FOR_LONG_MS = 30_000;
const BRIEFLY_MS = 250;

function pause(
  ledgerService: Answers,
  given: Given = { body: { reason: 'x' } },
  withinMs = FOR_LONG_MS,
): Promise<unknown> {
  return new OrderDesk(ledgerService, 'ledger.order', withinMs).give('pause', {
    operator: CAROL,
    ledger: 'alice',
    body: undefined,
    ...given,
  });
}

describe('an order over HTTP', () => {
  it.each<[string, (LedgerOrderReply | Error)[], number, string]>([
    ['nobody listens', [new NoResponderError('x')], 503, 'LedgerUnavailable'],
    ['nobody is the owner', [{ outcome: 'unavailable' }], 503, 'LedgerUnavailable'],
    [
      'the relay finds no owner',
      [new RemoteError('x', 'unavailable', 'y')],
      503,
      'LedgerUnavailable',
    ],
    ['the bus is closed', [new BusClosedError()], 503, 'LedgerUnavailable'],
    ['nobody answers', [new DeadlineExceededError('x', 1)], 504, 'NoAnswer'],
    ['its owner is lost', [new RemoteError('x', 'no-answer', 'y')], 504, 'NoAnswer'],
    ['the ledger stumbles', [new RemoteError('x', 'internal', 'y')], 504, 'NoAnswer'],
  ])('fails when %s', async (_, answers, status, kind) => {
    const given = { body: { reason: 'x' } };
    const failed = await failureOf(pause(new Answers(answers), given, BRIEFLY_MS));
    expect(failed).toMatchObject({ status, error: { kind } });
  });

  it('is asked again while it is certain that nothing has happened', async () => {
    const service = new Answers([new NoResponderError('x'), { outcome: 'unavailable' }, done]);
    expect(await pause(service)).toEqual(done);
    expect(service.asked).toHaveLength(3);
  });

  it.each<[string, Operator, object, string]>([
    ['a named operator', CAROL, {}, 'carol'],
    ['a named operator who says so', CAROL, { by: 'carol' }, 'carol'],
    ['whoever has the plain token', EVERYBODY, {}, 'operator'],
    ['a name that is only claimed', EVERYBODY, { by: 'carol' }, 'operator (carol)'],
  ])('is by %s', async (_, operator, claim, by) => {
    const service = new Answers([done]);
    await pause(service, { body: { reason: 'x', ...claim }, operator });
    expect(service.asked).toEqual([{ ledgerId: 'alice', kind: 'pause', reason: 'x', by }]);
  });

  it.each<[string, unknown, Operator, string, string]>([
    ['no body', undefined, CAROL, 'body', 'must be a JSON object'],
    ['a list', [], CAROL, 'body', 'must be a JSON object'],
    ['another ledger', { reason: 'x', ledgerId: 'bob' }, CAROL, 'ledgerId', 'is not known in'],
    ['another kind', { reason: 'x', kind: 'close' }, CAROL, 'kind', 'is not known in this order'],
    [
      'another name',
      { reason: 'x', by: 'dave' },
      CAROL,
      'by',
      "must be left out: this token is carol's",
    ],
    [
      'an empty name',
      { reason: 'x', by: ' ' },
      EVERYBODY,
      'by',
      'must be a text that is not empty',
    ],
    ['no reason', {}, CAROL, 'reason', 'is required'],
  ])('with %s is not put to the ledger', async (_, body, operator, field, rule) => {
    const service = new Answers([done]);
    const { status, error } = await failureOf(pause(service, { body, operator }));
    expect(status).toBe(422);
    expect(error.problems).toEqual([{ field, rule: expect.stringContaining(rule) as unknown }]);
    expect(error.message).toContain(`${field}: ${rule}`);
    expect(service.asked).toEqual([]);
  });

  it('for what cannot be a ledger finds none', async () => {
    expect(
      await failureOf(pause(new Answers([done]), { body: { reason: 'x' }, ledger: 'No!' })),
    ).toEqual({
      status: 404,
      error: { kind: 'LedgerNotFound', message: 'there is no ledger No!' },
    });
  });
});
