import { BROADCAST_DEFAULTS, BroadcastState } from './broadcast-state';
import { type ExportedRoute, exportSource, type PeerExport } from './exported-route';

const route = (destination: string): ExportedRoute => ({
  destination,
  minMessageWindowS: 1,
  paths: [[]],
});
const tables = (
  destinations: string[],
  changed: readonly string[] | undefined,
): (() => PeerExport) => {
  const routes = new Map(destinations.map((each) => [each, route(each)]));
  return () => ({ routes, revision: 7, changedSince: () => changed });
};

test('changes are looked up among the routes, and what is not there is withdrawn', () => {
  const source = exportSource(tables(['test.c.', 'test.d.'], ['test.d.', 'test.e.']));
  expect(source(3)).toEqual({ revision: 7, routes: [route('test.d.')], withdrawn: ['test.e.'] });
});

test.each([
  ['is asked for', 0, ['test.d.']],
  ['has to be compared', 3, undefined],
])('everything is given where it %s', (_why, since, changed) => {
  const source = exportSource(tables(['test.c.', 'test.d.'], changed));
  expect(source(since)).toEqual({
    revision: 7,
    routes: [route('test.c.'), route('test.d.')],
    withdrawn: [],
    isComplete: true,
  });
});

test('a peer hears of a route that went, though the tables forgot when', () => {
  const settings = { sourceLedger: 'test.ab.', sourceAccount: 'test.ab.server' };
  const state = new BroadcastState({ ...BROADCAST_DEFAULTS, ...settings });
  state.connected('s1');
  const sent = state.tick(0, exportSource(tables(['test.c.', 'test.d.'], [])));
  state.acknowledged(sent?.number ?? 0);
  const next = state.tick(30_000, exportSource(tables(['test.d.'], undefined)));
  expect(next?.update).toMatchObject({ newRoutes: [], unreachable: ['test.c.'] });
});
