import { HttpException } from '@nestjs/common';
import { subjectsOf } from '#contracts';
import { DeadlineExceededError, NoResponderError, type Question, RemoteError } from '#messaging';
import { RoutesDesk } from './routes-desk';

const subjects = subjectsOf('test');
const PAGE = { routes: [], next: null };

let asked: [string, unknown][];
let answer: () => Promise<unknown>;

beforeEach(() => {
  asked = [];
  answer = () => Promise.resolve(PAGE);
});

const desk = new RoutesDesk(
  {
    ask: async <T>(subject: string, data: unknown, { parse }: Question<T>): Promise<T> => {
      asked.push([subject, data]);
      return parse(await answer());
    },
  },
  subjects,
);

async function failure(work: () => Promise<unknown>): Promise<[number, unknown]> {
  try {
    await work();
  } catch (error) {
    if (error instanceof HttpException) return [error.getStatus(), error.getResponse()];
    throw error;
  }
  throw new Error('nothing was refused');
}

test('what is asked goes to a router with everything that goes without saying', async () => {
  expect(await desk.routes({ limit: '5', prefix: 'g.' })).toEqual(PAGE);
  expect(asked).toEqual([[subjects.routerRoutes, { prefix: 'g.', limit: 5 }]]);
  answer = () => Promise.reject(new Error('enough'));
  await expect(desk.told('alice', { after: 'g.x.' })).rejects.toThrow('enough');
  await expect(desk.heard('alice', {})).rejects.toThrow('enough');
  expect(asked.slice(1)).toEqual([
    [subjects.routerTold, { peerId: 'alice', prefix: '', after: 'g.x.', limit: 100 }],
    [subjects.routerHeard, { peerId: 'alice', prefix: '', limit: 100 }],
  ]);
});

const LIMIT = 'must be a whole number from 1 to 200';
const AMOUNT = 'must be a whole number of base units from 1 to 2^64 - 1';
const ONE = 'must be given, or destinationAmount, and not both';

test.each([
  ['routes', { limit: '0' }, 'limit', LIMIT],
  ['routes', { limit: '201' }, 'limit', LIMIT],
  ['routes', { limit: 'many' }, 'limit', LIMIT],
  ['routes', { prefix: 'g us' }, 'prefix', 'must be the beginning of an ILP address'],
  ['routes', { prefix: ['a', 'b'] }, 'prefix', 'must be a text'],
  ['routes', { order: 'x' }, 'order', 'is not known in this question'],
  ['explain', { from: 'a', to: 'g.x', amount: '0' }, 'amount', AMOUNT],
  ['explain', { from: 'a', to: 'g.x', amount: '18446744073709551616' }, 'amount', AMOUNT],
  ['explain', { from: 'a', to: 'g.x', amount: '1.5' }, 'amount', AMOUNT],
  ['explain', { from: 'a', to: 'g.x' }, 'amount', ONE],
  ['explain', { from: 'a', to: 'g.x', amount: '1', destinationAmount: '1' }, 'amount', ONE],
  ['explain', { from: 'a', to: '', amount: '1' }, 'to', 'must be an ILP address'],
  ['explain', { from: 'A b', to: 'g.x', amount: '1' }, 'from', 'must be the id of a ledger'],
] as const)('%s %j is refused for %s', async (question, query, field, rule) => {
  const [status, body] = await failure(() => desk[question](query));
  expect(status).toBe(422);
  expect(body).toMatchObject({ error: { kind: 'InvalidQuestion', problems: [{ field, rule }] } });
  expect(asked).toEqual([]);
});

test.each([
  [new RemoteError('s', 'unknown-peer', 'no'), 404, 'PeerNotFound'],
  [new RemoteError('s', 'unknown-ledger', 'no'), 404, 'LedgerNotFound'],
  [new RemoteError('s', 'internal', 'no'), 503, 'RoutesUnavailable'],
  [new NoResponderError('s'), 503, 'RoutesUnavailable'],
  [new DeadlineExceededError('s', 5), 503, 'RoutesUnavailable'],
])('%s is told as %i', async (error, status, kind) => {
  answer = () => Promise.reject(error);
  const said = await failure(() => desk.told('alice', {}));
  expect(said).toMatchObject([status, { error: { kind } }]);
});
