import { readBroadcastMemory } from './broadcast-memory';
import { BROADCAST_DEFAULTS, BroadcastState } from './broadcast-state';
import type { ExportedRoute, ExportSource } from './exported-route';

const SETTINGS = {
  ...BROADCAST_DEFAULTS,
  sourceLedger: 'test.ab.',
  sourceAccount: 'test.ab.server',
};
const START = Date.parse('2026-11-22T09:32:00.000Z');
const LATER = START + 30_000;

const exported =
  (...destinations: string[]): ExportSource =>
  () => ({
    revision: 1,
    routes: destinations.map((destination): ExportedRoute => ({
      destination,
      minMessageWindowS: 1,
      paths: [[]],
    })),
    withdrawn: [],
  });

/** The same broadcasts in another process, whose tables count their revisions anew. */
const takenOver = (state: BroadcastState): BroadcastState =>
  new BroadcastState(SETTINGS, readBroadcastMemory(JSON.parse(JSON.stringify(state.memory))));

const broadcasting = (...destinations: string[]): BroadcastState => {
  const state = new BroadcastState(SETTINGS);
  state.connected('s1');
  const sent = state.tick(START, exported(...destinations));
  if (sent !== undefined) state.acknowledged(sent.number);
  return state;
};

describe('whoever takes over', () => {
  test('neither sends what the peer knows, nor sooner than it would have been', () => {
    const next = takenOver(broadcasting('test.c.', 'test.d.'));
    next.connected('s1');
    expect(next.tick(LATER - 1, exported('test.c.', 'test.d.'))).toBeUndefined();
    const { update } = next.tick(LATER, exported('test.c.', 'test.d.')) ?? {};
    expect(update).toMatchObject({ newRoutes: [], unreachable: [], requestFullTable: false });
  });

  test('withdraws what the peer was told and tells what has come', () => {
    const next = takenOver(broadcasting('test.c.', 'test.d.'));
    const { update } = next.tick(LATER, exported('test.d.', 'test.e.')) ?? {};
    expect(update?.unreachable).toEqual(['test.c.']);
    expect(update?.newRoutes).toMatchObject([{ destinationLedger: 'test.e.' }]);
  });

  test('tells or withdraws again what was under way', () => {
    const state = broadcasting('test.c.');
    state.tick(LATER, exported('test.c.', 'test.d.', 'test.e.'));
    const next = takenOver(state);
    const { update } = next.tick(LATER + 30_000, exported('test.c.', 'test.d.')) ?? {};
    expect(update?.unreachable).toEqual(['test.e.']);
    expect(update?.newRoutes).toMatchObject([{ destinationLedger: 'test.d.' }]);
  });

  test('still owes the full table of which a part was under way', () => {
    const state = new BroadcastState(SETTINGS);
    state.connected('s1');
    state.tick(START, exported('test.c.'));
    expect(state.memory.isFullOwed).toBe(true);
    const { update } = takenOver(state).tick(LATER, exported('test.c.')) ?? {};
    expect(update).toMatchObject({ newRoutes: [{}], requestFullTable: true });
  });

  test('greets a peer that has come back', () => {
    const next = takenOver(broadcasting('test.c.'));
    next.connected('s2');
    const { update } = next.tick(START + 1, exported('test.c.')) ?? {};
    expect(update).toMatchObject({ newRoutes: [{}], requestFullTable: true });
  });

  test('writes as the peer was found to read', () => {
    const state = broadcasting('test.c.');
    state.heardV21();
    expect(takenOver(state).dialectInUse).toBe('v21');
  });
});

test('the memory holds digests, however long the routes are', () => {
  const state = new BroadcastState({ ...SETTINGS, dialect: 'v21' });
  state.connected('s1');
  const paths = [Array.from({ length: 90 }, (_, index) => `test.between.${index}.`)];
  const route: ExportedRoute = { destination: 'test.c.', minMessageWindowS: 1, paths };
  const sent = state.tick(START, () => ({ revision: 1, routes: [route], withdrawn: [] }));
  state.acknowledged(sent?.number ?? 0);
  expect(state.memory.told).toEqual([['test.c.', expect.stringMatching(/^[\w-]{16}$/)]]);
});

describe('stored data', () => {
  const memory = JSON.parse(JSON.stringify(broadcasting('test.c.').memory)) as object;

  test('are read as they were written', () => {
    expect(readBroadcastMemory(memory)).toEqual(memory);
  });

  test.each<[string, unknown]>([
    ['nothing', undefined],
    ['text', 'memory'],
    ['a list', []],
    ['another version', { ...memory, version: 2 }],
    ['no dialect', { ...memory, dialect: undefined }],
    [
      'an unknown dialect',
      { ...memory, dialect: { inUse: 'v42', isSettled: true, isTrial: false } },
    ],
    ['half a dialect', { ...memory, dialect: { inUse: 'v21' } }],
    ['no routes', { ...memory, told: {} }],
    ['a route without a digest', { ...memory, told: [['test.c.']] }],
    ['a route that is no pair', { ...memory, told: ['test.c.'] }],
    ['no word of what is owed', { ...memory, isFullOwed: undefined }],
    ['no word of what is owed at once', { ...memory, isOwedAtOnce: 1 }],
    ['no word of the request', { ...memory, isRequestOwed: null }],
  ])('of another form are no memory, and everything is told anew: %s', (_what, stored) => {
    expect(readBroadcastMemory(stored)).toBeUndefined();
  });
});
