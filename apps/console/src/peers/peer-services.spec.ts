import { HttpException } from '@nestjs/common';
import { subjectsOf, type LedgerDescription } from '#contracts';
import {
  BusClosedError,
  DeadlineExceededError,
  NoResponderError,
  RemoteError,
  type Question,
} from '#messaging';
import { PeerServices } from './peer-services';

const ledger: LedgerDescription = {
  ledgerId: 'alice',
  prefix: 'test.alice.',
  currencyCode: 'USD',
  currencyScale: 9,
  account: 'server',
  peerAccount: 'client',
  authority: 'admin',
  maxBalance: null,
  minBalance: null,
};

/** Services that answer so, one after the other; the last one again and again. */
class Answers {
  asked = 0;

  constructor(private readonly answers: readonly unknown[]) {}

  ask<T>(_: string, __: unknown, { parse }: Question<T>): Promise<T> {
    const answer = this.answers[Math.min(this.asked, this.answers.length - 1)];
    this.asked += 1;
    return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(parse(answer));
  }

  askAll(): Promise<never> {
    return Promise.reject(new BusClosedError());
  }

  announce(): void {
    throw new Error('nothing to announce');
  }
}

const services = (answers: Answers): PeerServices =>
  new PeerServices(answers, subjectsOf('spec'), { lookUpMs: 1_000, trialMs: 1_000 });

async function failureOf(asking: Promise<unknown>): Promise<unknown> {
  try {
    await asking;
  } catch (thrown) {
    if (!(thrown instanceof HttpException)) throw thrown;
    const { error } = thrown.getResponse() as { readonly error: { readonly kind: string } };
    return [thrown.getStatus(), error.kind];
  }
  throw new Error('it was answered');
}

it('a ledger is asked for again while it is certain that nothing has happened', async () => {
  const answers = new Answers([
    new NoResponderError('x'),
    { outcome: 'unavailable' },
    { outcome: 'opened' },
  ]);
  expect(await services(answers).openLedger(ledger)).toEqual({ outcome: 'opened' });
  expect(answers.asked).toBe(3);
});

it.each<[string, Error, number, string]>([
  ['does not answer', new DeadlineExceededError('x', 1), 504, 'NoAnswer'],
  ['stumbles', new RemoteError('x', 'internal', 'y'), 504, 'NoAnswer'],
  ['is lost', new RemoteError('x', 'no-answer', 'y'), 504, 'NoAnswer'],
  ['refuses', new RemoteError('x', 'invalid', 'y'), 503, 'LedgerUnavailable'],
  ['is cut off', new BusClosedError(), 503, 'LedgerUnavailable'],
])('a ledger is not opened when its owner %s', async (_, error, status, kind) => {
  expect(await failureOf(services(new Answers([error])).openLedger(ledger))).toEqual([
    status,
    kind,
  ]);
});

it.each<[string, Error]>([
  ['is not there', new NoResponderError('x')],
  ['does not answer', new DeadlineExceededError('x', 1)],
  ['stumbles', new RemoteError('x', 'internal', 'y')],
  ['is cut off', new BusClosedError()],
])('nothing is found out when the gateway %s', async (_, error) => {
  const unavailable = [503, 'GatewayUnavailable'];
  expect(await failureOf(services(new Answers([error])).tryPeer({}))).toEqual(unavailable);
  expect(await failureOf(services(new Answers([error])).lookUp('x.com'))).toEqual(unavailable);
});

it('how peers stand is not known while nobody can be asked', async () => {
  const { gateways, standings } = await services(new Answers([])).states();
  expect({ gateways, known: standings.size }).toEqual({ gateways: 0, known: 0 });
});
