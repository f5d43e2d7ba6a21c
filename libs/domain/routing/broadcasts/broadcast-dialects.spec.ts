import { BROADCAST_DEFAULTS, BroadcastState, type OutgoingUpdate } from './broadcast-state';
import type { ExportSource } from './exported-route';

const SETTINGS = {
  ...BROADCAST_DEFAULTS,
  sourceLedger: 'test.ab.',
  sourceAccount: 'test.ab.server',
};
const START = Date.parse('2026-11-22T09:32:00.000Z');

const oneRoute: ExportSource = (since) => ({
  revision: 1,
  routes: since === 0 ? [{ destination: 'test.c.', minMessageWindowS: 1, paths: [[]] }] : [],
  withdrawn: [],
});

const greeted = (): BroadcastState => {
  const state = new BroadcastState(SETTINGS);
  state.connected('s1');
  return state;
};
const sendAt = (state: BroadcastState, nowMs: number): OutgoingUpdate => {
  const sent = state.tick(nowMs, oneRoute);
  if (sent === undefined) throw new Error('nothing was sent');
  return sent;
};

describe('a peer that refuses v17', () => {
  test('is told everything in v21 at once, and stays with it once it has accepted that', () => {
    const state = greeted();
    state.failed(sendAt(state, START).number, 'refused');
    expect(state.dueAtMs(START)).toBe(0);
    const again = sendAt(state, START + 5);
    expect(again.form.dialect).toBe('v21');
    expect(again.update).toMatchObject({
      requestFullTable: true,
      newRoutes: [{ destinationLedger: 'test.c.' }],
    });
    state.acknowledged(again.number);
    expect(state.tick(START + 6, oneRoute)).toBeUndefined();
    const next = sendAt(state, START + 30_005);
    expect(next.form.dialect).toBe('v21');
    state.failed(next.number, 'timed-out');
    expect(state.dialectInUse).toBe('v21');
  });

  test('and v21 as well is written to in v17 after the usual time', () => {
    const state = greeted();
    state.failed(sendAt(state, START).number, 'refused');
    state.failed(sendAt(state, START + 5).number, 'refused');
    expect(state.tick(START + 6, oneRoute)).toBeUndefined();
    const next = sendAt(state, START + 30_005);
    expect(next.form.dialect).toBe('v17');
    expect(next.update.newRoutes).toMatchObject([{ destinationLedger: 'test.c.' }]);
  });

  test('is not taken to read v21 because it accepts what is good in both', () => {
    const nothing: ExportSource = () => ({ revision: 2, routes: [], withdrawn: [] });
    const state = greeted();
    state.acknowledged(sendAt(state, START).number);
    state.failed(sendAt(state, START + 30_000).number, 'refused');
    const empty = state.tick(START + 30_001, nothing);
    expect(empty?.form.dialect).toBe('v21');
    expect(empty?.update).toMatchObject({ newRoutes: [], requestFullTable: false });
    state.acknowledged(empty?.number ?? -1);
    const sent = state.tick(START + 60_001, () => ({ ...oneRoute(0), revision: 3 }));
    state.failed(sent?.number ?? -1, 'refused');
    expect(sendAt(state, START + 90_001).form.dialect).toBe('v17');
  });
});

describe('a peer that speaks v21', () => {
  test.each<[string, (state: BroadcastState) => void]>([
    [
      'says so',
      (state) => {
        state.connected('s1', ['v17', 'v21']);
      },
    ],
    [
      'shows it',
      (state) => {
        state.heardV21();
      },
    ],
  ])('is told everything in v21 next time when it %s', (_what, hint) => {
    const state = greeted();
    state.acknowledged(sendAt(state, START).number);
    hint(state);
    expect(state.tick(START + 1, oneRoute)).toBeUndefined();
    const sent = sendAt(state, START + 30_000);
    expect(sent.form.dialect).toBe('v21');
    expect(sent.update.newRoutes).toMatchObject([{ destinationLedger: 'test.c.' }]);
  });

  test('is written to in v21 from the first when it says so at once', () => {
    const state = new BroadcastState(SETTINGS);
    state.connected('s1', ['v21']);
    expect(sendAt(state, START).form.dialect).toBe('v21');
  });
});
