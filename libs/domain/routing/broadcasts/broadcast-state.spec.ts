import { broadcastEntry, type RoutingUpdate } from '#protocol';
import { Curve } from '#domain/liquidity';
import {
  BROADCAST_DEFAULTS,
  type BroadcastSettings,
  BroadcastState,
  type OutgoingUpdate,
} from './broadcast-state';
import type { ExportedRoute, ExportSource } from './exported-route';

const SETTINGS: BroadcastSettings = {
  ...BROADCAST_DEFAULTS,
  sourceLedger: 'test.ab.',
  sourceAccount: 'test.ab.server',
};
const START = Date.parse('2026-11-22T09:32:00.000Z');
const LATER = START + 30_000;

const route = (destination: string, rate = 1n): ExportedRoute => ({
  destination,
  minMessageWindowS: 1,
  curve: Curve.of([
    [0n, 0n],
    [1000n, 1000n * rate],
  ]),
  paths: [[]],
});

/** Tables that answer only what they are asked for, and count what that was. */
class Tables {
  readonly asked: number[] = [];
  private revision = 1;
  private readonly routes = new Map<string, { route: ExportedRoute; changedAt: number }>();
  private readonly withdrawn = new Map<string, number>();

  constructor(...routes: ExportedRoute[]) {
    for (const each of routes) this.set(each);
  }

  set(each: ExportedRoute): void {
    this.revision += 1;
    this.routes.set(each.destination, { route: each, changedAt: this.revision });
    this.withdrawn.delete(each.destination);
  }

  remove(destination: string): void {
    this.revision += 1;
    this.routes.delete(destination);
    this.withdrawn.set(destination, this.revision);
  }

  readonly source: ExportSource = (since) => {
    this.asked.push(since);
    const changed = [...this.routes.values()].filter(({ changedAt }) => changedAt > since);
    const gone = [...this.withdrawn].filter(([, at]) => since > 0 && at > since);
    return {
      revision: this.revision,
      routes: changed.map((each) => each.route),
      withdrawn: gone.map(([destination]) => destination),
    };
  };
}

const told = (sent: OutgoingUpdate | undefined): unknown =>
  sent && {
    routes: sent.update.newRoutes.map(({ destinationLedger }) => destinationLedger),
    withdrawn: sent.update.unreachable,
  };
const NOTHING = { routes: [], withdrawn: [] };

/** Connected, and up to date with the tables. */
const upToDate = (tables: Tables, settings: Partial<BroadcastSettings> = {}): BroadcastState => {
  const state = new BroadcastState({ ...SETTINGS, ...settings });
  state.connected('s1');
  acceptAll(state, state.tick(START, tables.source));
  return state;
};
const acceptAll = (state: BroadcastState, first: OutgoingUpdate | undefined): RoutingUpdate[] => {
  const updates: RoutingUpdate[] = [];
  for (let sent = first; sent !== undefined; sent = state.acknowledged(sent.number)) {
    updates.push(sent.update);
  }
  return updates;
};
const sendAt = (state: BroadcastState, nowMs: number, tables: Tables): OutgoingUpdate => {
  const sent = state.tick(nowMs, tables.source);
  if (sent === undefined) throw new Error('nothing was sent');
  return sent;
};

describe('the first update of a session', () => {
  test('goes out at once, with everything, and asks for everything', () => {
    const state = new BroadcastState(SETTINGS);
    const tables = new Tables(route('test.c.'), route('test.d.'));
    expect(state.tick(START, tables.source)).toBeUndefined();
    state.connected('s1');
    const sent = sendAt(state, START, tables);
    expect(sent.form).toEqual({ dialect: 'v17', curvelessV17: 'omit' });
    expect(sent.update).toMatchObject({ holdDownMs: 45_000, requestFullTable: true });
    expect(told(sent)).toEqual({ routes: ['test.c.', 'test.d.'], withdrawn: [] });
    expect(sent.update.newRoutes[0]).toMatchObject({
      sourceLedger: 'test.ab.',
      sourceAccount: 'test.ab.server',
    });
  });

  test('does so again after each reconnection, within the interval', () => {
    const tables = new Tables(route('test.c.'));
    const state = upToDate(tables);
    state.disconnected();
    expect(state.tick(START + 1, tables.source)).toBeUndefined();
    state.connected('s2');
    expect(told(sendAt(state, START + 2, tables))).toEqual({ routes: ['test.c.'], withdrawn: [] });
  });

  test('withdraws what went away meanwhile', () => {
    const tables = new Tables(route('test.c.'), route('test.d.'));
    const state = upToDate(tables);
    state.disconnected();
    tables.remove('test.c.');
    state.connected('s2');
    const expected = { routes: ['test.d.'], withdrawn: ['test.c.'] };
    expect(told(sendAt(state, START + 1, tables))).toEqual(expected);
  });

  test('is owed once only: a session that is known already owes nothing', () => {
    const tables = new Tables();
    const state = upToDate(tables);
    state.connected('s1');
    expect(state.tick(START + 1, tables.source)).toBeUndefined();
    const second = sendAt(state, LATER, tables);
    expect(second.update.requestFullTable).toBe(false);
  });
});

describe('between the first and the next update', () => {
  test('lie 30 seconds, whatever changes', () => {
    const tables = new Tables(route('test.c.'));
    const state = upToDate(tables);
    tables.set(route('test.c.', 2n));
    tables.set(route('test.d.'));
    tables.remove('test.c.');
    expect(state.dueAtMs(START)).toBe(LATER);
    expect(state.tick(LATER - 1, tables.source)).toBeUndefined();
    const expected = { routes: ['test.d.'], withdrawn: ['test.c.'] };
    expect(told(state.tick(LATER, tables.source))).toEqual(expected);
  });

  test('nothing is sent while an answer is awaited', () => {
    const tables = new Tables();
    const state = new BroadcastState(SETTINGS);
    state.connected('s1');
    sendAt(state, START, tables);
    expect(state.tick(LATER, tables.source)).toBeUndefined();
    expect(state.dueAtMs(LATER)).toBeUndefined();
  });

  test('a clock that is set back keeps nobody silent', () => {
    const tables = new Tables();
    const state = upToDate(tables);
    expect(state.tick(START - 3_600_000, tables.source)).toBeUndefined();
    expect(state.tick(START - 3_600_000 + 30_000, tables.source)).toBeDefined();
  });

  test('lies less than the hold-down time, also where the clock was set back shortly before', () => {
    const tables = new Tables();
    const state = upToDate(tables);
    const backMs = 3_600_000;
    const lastMs = START + 29_000 - backMs;
    expect(state.dueAtMs(lastMs)).toBeLessThan(lastMs + 15_000);
    expect(state.tick(lastMs, tables.source)).toBeUndefined();
    expect(state.tick(lastMs + 15_000, tables.source)).toBeDefined();
    expect(state.tick(lastMs + 15_001, tables.source)).toBeUndefined();
  });

  test('lies no more than the skew more where another clock counted before', () => {
    const tables = new Tables();
    const memory = upToDate(tables).memory;
    const heir = new BroadcastState(SETTINGS, memory);
    expect(heir.tick(START - 2_000, tables.source)).toBeUndefined();
    expect(heir.tick(START + 29_999, tables.source)).toBeUndefined();
    expect(heir.tick(LATER, tables.source)).toBeDefined();
  });
});

describe('an ordinary update', () => {
  test('says nothing where nothing has changed, and asks the tables for changes only', () => {
    const tables = new Tables(route('test.c.'));
    const state = upToDate(tables);
    expect(told(state.tick(LATER, tables.source))).toEqual(NOTHING);
    expect(tables.asked).toEqual([0, 2]);
  });

  test.each<[string, ExportedRoute]>([
    ['curve', route('test.c.', 2n)],
    ['window', { ...route('test.c.'), minMessageWindowS: 2 }],
    ['paths', { ...route('test.c.'), paths: [['test.m.']] }],
    ['last curve', { destination: 'test.c.', minMessageWindowS: 1, paths: [[]] }],
  ])('tells a route again whose %s has changed (C2C-42)', (_what, changed) => {
    const tables = new Tables(route('test.c.'), route('test.d.'));
    const state = upToDate(tables, { dialect: 'v21' });
    tables.set(changed);
    expect(told(state.tick(LATER, tables.source))).toEqual({ routes: ['test.c.'], withdrawn: [] });
  });

  test('does not tell what only the other dialect could say, nor what is as it was', () => {
    const tables = new Tables(route('test.c.'));
    const state = upToDate(tables, { dialect: 'v17' });
    tables.set({ ...route('test.c.'), paths: [['test.m.']] });
    expect(told(state.tick(LATER, tables.source))).toEqual(NOTHING);
  });

  test('does not withdraw what the peer was never told', () => {
    const tables = new Tables();
    const state = upToDate(tables);
    tables.set(route('test.c.'));
    tables.remove('test.c.');
    expect(told(state.tick(LATER, tables.source))).toEqual(NOTHING);
  });

  test('is everything when the peer asks for it, but not before its time', () => {
    const tables = new Tables(route('test.c.'));
    const state = upToDate(tables);
    state.requestFullTable();
    expect(state.tick(START + 1, tables.source)).toBeUndefined();
    const sent = sendAt(state, LATER, tables);
    expect(told(sent)).toEqual({ routes: ['test.c.'], withdrawn: [] });
    state.acknowledged(sent.number);
    expect(told(state.tick(LATER + 30_000, tables.source))).toEqual(NOTHING);
  });

  test('is everything where the peer has waited so long that it has dropped our routes', () => {
    const tables = new Tables(route('test.c.'));
    const state = upToDate(tables);
    expect(told(state.tick(START + 44_999, tables.source))).toEqual(NOTHING);
    const other = upToDate(tables);
    expect(told(other.tick(START + 45_000, tables.source))).toMatchObject({ routes: ['test.c.'] });
  });

  test('counts the wait from what the peer heard last, not from where we began to tell it', () => {
    const tables = new Tables(route('test.c.'));
    const state = new BroadcastState(SETTINGS);
    state.connected('s1');
    state.acknowledged(sendAt(state, START, tables).number, START + 40_000);
    expect(told(state.tick(START + 60_000, tables.source))).toEqual(NOTHING);
  });

  test('is everything after next when the peer asks during one', () => {
    const tables = new Tables(route('test.c.'));
    const state = upToDate(tables);
    const sent = sendAt(state, LATER, tables);
    state.requestFullTable();
    state.acknowledged(sent.number);
    expect(told(state.tick(LATER + 30_000, tables.source))).toMatchObject({ routes: ['test.c.'] });
  });
});

describe('a large update', () => {
  const sizeOf = (update: RoutingUpdate): number =>
    broadcastEntry(update, { dialect: 'v17', curvelessV17: 'omit' }, 'custom').data.length;
  const many = Array.from({ length: 40 }, (_, index) => route(`test.many.${index}.`));
  const settings = { maxUpdateBytes: 2_000 };

  test('goes out in pieces, one after the answer to the other, withdrawals first', () => {
    const old = Array.from({ length: 301 }, (_, index) => route(`test.old.${index}.`));
    const tables = new Tables(...old);
    const state = upToDate(tables, settings);
    for (const { destination } of old) tables.remove(destination);
    for (const each of many) tables.set(each);
    const updates = acceptAll(state, state.tick(LATER, tables.source));
    const firstRoutes = updates.findIndex(({ newRoutes }) => newRoutes.length > 0);
    expect(firstRoutes).toBeGreaterThan(1);
    const later = updates.slice(firstRoutes + 1);
    expect(later.flatMap(({ unreachable }) => unreachable)).toEqual([]);
    expect(updates.flatMap(({ unreachable }) => unreachable)).toHaveLength(301);
    expect(updates.flatMap(({ newRoutes }) => newRoutes)).toHaveLength(40);
    expect(new Set(updates.map(({ holdDownMs }) => holdDownMs))).toEqual(new Set([45_000]));
    const sizes = updates.map(sizeOf);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(2_000);
    expect(Math.min(...sizes.slice(0, firstRoutes))).toBeGreaterThan(1_900);
  });

  test('has no route where a withdrawal is yet to come, even if a route would fit and it not', () => {
    const long = (letter: string): string => `test.${letter.repeat(500)}.`;
    const tables = new Tables(...['a', 'b', 'c', 'd'].map((letter) => route(long(letter))));
    const state = upToDate(tables, settings);
    for (const letter of ['a', 'b', 'c', 'd']) tables.remove(long(letter));
    tables.set(route('test.e.'));
    const updates = acceptAll(state, state.tick(LATER, tables.source));
    expect(updates.map(({ unreachable }) => unreachable.length)).toEqual([3, 1]);
    expect(updates.map(({ newRoutes }) => newRoutes.length)).toEqual([0, 1]);
  });

  test('asks for the full table once', () => {
    const state = new BroadcastState({ ...SETTINGS, ...settings });
    state.connected('s1');
    const updates = acceptAll(state, state.tick(START, new Tables(...many).source));
    expect(updates.length).toBeGreaterThan(2);
    const requests = updates.map(({ requestFullTable }) => requestFullTable);
    expect(requests).toEqual([true, ...requests.slice(1).map(() => false)]);
  });

  test('leaves out a route that is too large alone, and says so', () => {
    const paths = [Array.from({ length: 90 }, (_, index) => `test.between.${index}.`)];
    const tables = new Tables(route('test.c.'));
    const state = upToDate(tables, { ...settings, dialect: 'v21' });
    tables.set({ ...route('test.c.'), paths });
    expect(told(sendAt(state, LATER, tables))).toEqual({ routes: [], withdrawn: ['test.c.'] });
    expect([...state.unsaid]).toEqual([['test.c.', 'too-large']]);
  });

  test('fills each piece up to the limit, never beyond', () => {
    const state = new BroadcastState({ ...SETTINGS, ...settings });
    state.connected('s1');
    const sizes = acceptAll(state, state.tick(START, new Tables(...many).source)).map(sizeOf);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(2_000);
    expect(Math.min(...sizes.slice(0, -1))).toBeGreaterThan(1_600);
  });
});

describe('routes that cannot be said', () => {
  const curveless: ExportedRoute = { destination: 'test.q.', minMessageWindowS: 1, paths: [[]] };
  const beyond = { ...curveless, curve: Curve.of([[2n ** 60n, 1n]]) };

  test.each<[string, ExportedRoute, Partial<BroadcastSettings>]>([
    ['no-curve', curveless, { dialect: 'v17', curvelessV17: 'drop' }],
    ['beyond-doubles', beyond, { dialect: 'v17' }],
    ['not-an-address', { ...curveless, destination: '' }, {}],
    ['no-window', { ...curveless, minMessageWindowS: NaN }, {}],
  ])('are left out and kept in mind: %s', (reason, unsayable, settings) => {
    const tables = new Tables(route('test.c.'), unsayable);
    const state = new BroadcastState({ ...SETTINGS, ...settings });
    state.connected('s1');
    expect(told(sendAt(state, START, tables))).toEqual({ routes: ['test.c.'], withdrawn: [] });
    expect([...state.unsaid]).toEqual([[unsayable.destination, reason]]);
  });

  test('are forgotten when they are gone', () => {
    const tables = new Tables(beyond);
    const state = upToDate(tables);
    tables.remove('test.q.');
    sendAt(state, LATER, tables);
    expect(state.unsaid.size).toBe(0);
  });
});

describe('a failure', () => {
  test.each([
    ['refused', false],
    ['timed-out', true],
    ['disconnected', true],
  ] as const)(
    '%s makes the next update a full one, and invalidates what we learnt: %s',
    (kind, invalid) => {
      const tables = new Tables(route('test.c.'));
      const state = upToDate(tables, { dialect: 'v21' });
      const sent = sendAt(state, LATER, tables);
      expect(state.failed(sent.number, kind)).toEqual({ invalidatesLearntRoutes: invalid });
      expect(state.tick(LATER + 1, tables.source)).toBeUndefined();
      const next = state.tick(LATER + 30_000, tables.source);
      expect(told(next)).toEqual({ routes: ['test.c.'], withdrawn: [] });
    },
  );

  test('does not make us forget what the peer may have heard', () => {
    const tables = new Tables(route('test.c.'));
    const state = new BroadcastState({ ...SETTINGS, dialect: 'v21' });
    state.connected('s1');
    state.failed(sendAt(state, START, tables).number, 'timed-out');
    tables.remove('test.c.');
    expect(told(state.tick(LATER, tables.source))).toEqual({ routes: [], withdrawn: ['test.c.'] });
  });

  test('of an update that was answered long ago, or of an earlier one, is none', () => {
    const tables = new Tables();
    const state = upToDate(tables);
    expect(state.failed(1, 'timed-out')).toEqual({ invalidatesLearntRoutes: false });
    const sent = sendAt(state, LATER, tables);
    expect(state.failed(sent.number - 1, 'timed-out')).toEqual({ invalidatesLearntRoutes: false });
    expect(state.acknowledged(sent.number - 1)).toBeUndefined();
    expect(state.tick(LATER + 30_000, tables.source)).toBeUndefined();
  });

  test('by disconnection counts only where something was under way', () => {
    const tables = new Tables();
    const state = upToDate(tables);
    expect(state.disconnected()).toEqual({ invalidatesLearntRoutes: false });
    state.connected('s2');
    sendAt(state, LATER, tables);
    expect(state.disconnected()).toEqual({ invalidatesLearntRoutes: true });
  });
});
