import fc from 'fast-check';
import { Curve } from '#domain/liquidity';
import {
  type AnnouncedRoute,
  type BroadcastForm,
  broadcastEntry,
  readRoutingBroadcast,
  type RoutingUpdate,
} from '#protocol';
import { readBroadcastMemory } from './broadcast-memory';
import {
  BROADCAST_DEFAULTS,
  type BroadcastFailure,
  type BroadcastSettings,
  BroadcastState,
  type OutgoingUpdate,
} from './broadcast-state';
import type { ExportedRoute, ExportSource } from './exported-route';

/**
 * One of us and one peer over any course of events: routes that come, change and go, answers,
 * refusals, silence, disconnections, peers that forget, processes that take over from each other.
 * The peer hears real bytes.
 */

const MAX_BYTES = 1_500;
/** A machine that does other things takes that long. */
const WITHIN_MS = 300_000;
const LINK = { sourceLedger: 'test.ab.', sourceAccount: 'test.ab.server' };
const SETTING = { ledger: 'test.ab.', peerAccount: 'test.ab.server' };
const PEER_READS = ['v17', 'v21', 'both'] as const;

type Step =
  | { readonly do: 'set'; readonly route: ExportedRoute }
  | { readonly do: 'remove'; readonly destination: string }
  | { readonly do: 'pass'; readonly ms: number }
  | { readonly do: 'tick' | 'accept' | 'take-over' | 'ask' | 'show' }
  | { readonly do: 'fail'; readonly kind: BroadcastFailure; readonly isHeard: boolean }
  | { readonly do: 'reconnect'; readonly isForgotten: boolean };

const destination = fc.integer({ min: 0, max: 11 }).map((index) => `test.to.${index}.`);
const curve = fc.constantFrom(
  undefined,
  Curve.of([
    [0n, 0n],
    [1000n, 990n],
  ]),
  Curve.of([
    [0n, 0n],
    [1000n, 500n],
  ]),
  Curve.of([
    [1n, 0n],
    [2n ** 60n, 2n ** 61n],
  ]),
  Curve.of([[2n ** 60n, 2n ** 61n]]),
);
const paths = fc.constantFrom<readonly (readonly string[])[]>(
  [[]],
  [['test.m.']],
  [[], ['test.m.', 'test.n.']],
  [Array.from({ length: 40 }, (_, index) => `test.between.${index}.`)],
  [Array.from({ length: 80 }, (_, index) => `test.between.${index}.`)],
);
const route: fc.Arbitrary<ExportedRoute> = fc
  .record({ destination, curve, paths, minMessageWindowS: fc.constantFrom(1, 2.5) })
  .map(({ curve: points, ...rest }) => ({
    ...rest,
    ...(points !== undefined && { curve: points }),
  }));
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: route.map((each): Step => ({ do: 'set', route: each })) },
  { weight: 3, arbitrary: destination.map((each): Step => ({ do: 'remove', destination: each })) },
  { weight: 6, arbitrary: fc.constantFrom<Step>({ do: 'tick' }) },
  { weight: 10, arbitrary: fc.constantFrom<Step>({ do: 'accept' }) },
  {
    weight: 5,
    arbitrary: fc.constantFrom(1, 10_000, 30_000).map((ms): Step => ({ do: 'pass', ms })),
  },
  {
    weight: 3,
    arbitrary: fc
      .record({
        kind: fc.constantFrom<BroadcastFailure>('refused', 'timed-out', 'disconnected'),
        isHeard: fc.boolean(),
      })
      .map((rest): Step => ({ do: 'fail', ...rest })),
  },
  {
    weight: 2,
    arbitrary: fc.boolean().map((each): Step => ({ do: 'reconnect', isForgotten: each })),
  },
  { weight: 2, arbitrary: fc.constantFrom<Step>({ do: 'take-over' }) },
  { weight: 1, arbitrary: fc.constantFrom<Step>({ do: 'ask' }, { do: 'show' }) },
);

const said = (each: AnnouncedRoute): string =>
  JSON.stringify(each, (_key, value: unknown) =>
    typeof value === 'bigint' ? value.toString() : value,
  );

const onTheWire = (update: RoutingUpdate, form: BroadcastForm): RoutingUpdate => {
  const broadcast = readRoutingBroadcast([broadcastEntry(update, form, 'custom')], SETTING);
  if (broadcast?.type !== 'update') throw new Error('not an update');
  expect(broadcast.update.skipped).toEqual([]);
  return broadcast.update;
};

class Course {
  private readonly table = new Map<string, { route: ExportedRoute; changedAt: number }>();
  private readonly gone = new Map<string, number>();
  private picture = new Map<string, string>();
  private revision = 1;
  private nowMs = 1_000_000;
  private sessions = 0;
  private state: BroadcastState;
  private stored: unknown;
  private inFlight: OutgoingUpdate | undefined;
  private expected = new Map<string, string>();
  private roundAt = -Infinity;
  private mayBeEarly = false;
  private hasSeenRoutes = false;
  rounds = 0;

  constructor(
    private readonly settings: BroadcastSettings,
    private readonly reads: (typeof PEER_READS)[number],
  ) {
    this.state = new BroadcastState(settings);
    this.reconnect();
  }

  take(next: Step): void {
    switch (next.do) {
      case 'set':
        this.table.set(next.route.destination, { route: next.route, changedAt: ++this.revision });
        this.gone.delete(next.route.destination);
        return;
      case 'remove':
        this.table.delete(next.destination);
        this.gone.set(next.destination, ++this.revision);
        return;
      case 'pass':
        this.nowMs += next.ms;
        return;
      case 'tick':
        this.tick();
        break;
      case 'accept':
        this.answer();
        return;
      case 'fail':
        this.fail(next.kind, next.isHeard);
        break;
      case 'reconnect':
        this.reconnect();
        if (next.isForgotten) this.picture.clear();
        break;
      case 'take-over':
        this.takeOver();
        break;
      case 'ask':
        this.state.requestFullTable();
        break;
      case 'show':
        if (this.reads !== 'v17') this.state.heardV21();
        break;
    }
    this.store();
  }

  /** Every answer comes, until there is nothing more to be said. */
  settle(): void {
    for (let round = 0; round < 4; round += 1) {
      this.nowMs += 30_000;
      this.take({ do: 'tick' });
      while (this.inFlight !== undefined) this.answer();
    }
  }

  get isUpToDate(): boolean {
    const now = [...this.exportIn(this.state.dialectInUse)].sort();
    return JSON.stringify([...this.picture].sort()) === JSON.stringify(now);
  }

  private tick(): void {
    const sent = this.state.tick(this.nowMs, this.source);
    if (sent === undefined) return;
    expect(this.inFlight).toBeUndefined();
    if (!this.mayBeEarly) expect(this.nowMs - this.roundAt).toBeGreaterThanOrEqual(30_000);
    this.roundAt = this.nowMs;
    this.mayBeEarly = false;
    this.hasSeenRoutes = false;
    this.expected = this.exportIn(sent.form.dialect);
    this.carry(sent);
  }

  private carry(sent: OutgoingUpdate): void {
    const { data } = broadcastEntry(sent.update, sent.form, 'custom');
    expect(data.length).toBeLessThanOrEqual(MAX_BYTES);
    if (sent.update.unreachable.length > 0) expect(this.hasSeenRoutes).toBe(false);
    this.hasSeenRoutes ||= sent.update.newRoutes.length > 0;
    this.inFlight = sent;
  }

  /** As the peer would, which knows its dialect only. */
  private answer(): void {
    const sent = this.inFlight;
    if (sent === undefined) return;
    const { newRoutes, requestFullTable } = onTheWire(sent.update, sent.form);
    const isOfDialect = newRoutes.length > 0 || requestFullTable;
    if (isOfDialect && this.reads !== 'both' && this.reads !== sent.form.dialect) {
      this.fail('refused', false);
      this.store();
      return;
    }
    this.inFlight = undefined;
    this.hear(sent);
    const next = this.state.acknowledged(sent.number);
    if (next !== undefined) {
      this.carry(next);
      return;
    }
    this.rounds += 1;
    expect([...this.picture].sort()).toEqual([...this.expected].sort());
    this.store();
  }

  private fail(kind: BroadcastFailure, isHeard: boolean): void {
    const sent = this.inFlight;
    if (sent === undefined) return;
    this.inFlight = undefined;
    if (isHeard && kind !== 'refused') this.hear(sent);
    this.state.failed(sent.number, kind);
    if (kind === 'refused') this.mayBeEarly = this.state.dueAtMs(this.nowMs) === 0;
  }

  private hear({ update, form }: OutgoingUpdate): void {
    const heard = onTheWire(update, form);
    for (const gone of heard.unreachable) this.picture.delete(gone);
    for (const each of heard.newRoutes) this.picture.set(each.destinationLedger, said(each));
  }

  private reconnect(): void {
    this.state.disconnected();
    this.inFlight = undefined;
    this.state.connected(`session ${++this.sessions}`);
    this.mayBeEarly = true;
    this.store();
  }

  private takeOver(): void {
    const memory = readBroadcastMemory(this.stored);
    expect(memory).toBeDefined();
    this.state = new BroadcastState(this.settings, memory);
    this.state.connected(`session ${this.sessions}`);
    this.inFlight = undefined;
  }

  /** As told: before the first update of a broadcast is sent, and when it is over. */
  private store(): void {
    this.stored = JSON.parse(JSON.stringify(this.state.memory));
  }

  private readonly source: ExportSource = (since) => ({
    revision: this.revision,
    routes: [...this.table.values()]
      .filter(({ changedAt }) => changedAt > since)
      .map((each) => each.route),
    withdrawn:
      since === 0 ? [] : [...this.gone].filter(([, at]) => at > since).map(([each]) => each),
  });

  /** What a peer that is up to date knows: all that can be said in one update of the limit. */
  private exportIn(dialect: BroadcastForm['dialect']): Map<string, string> {
    const form = { dialect, curvelessV17: this.settings.curvelessV17 };
    const exported = new Map<string, string>();
    for (const { route: each } of this.table.values()) {
      const alone = this.update(each);
      if (broadcastEntry(alone, form, 'custom').data.length >= MAX_BYTES) continue;
      const [only] = onTheWire(alone, form).newRoutes;
      if (only !== undefined) exported.set(each.destination, said(only));
    }
    return exported;
  }

  private update(each: ExportedRoute): RoutingUpdate {
    const { destination: destinationLedger, curve: exact, ...rest } = each;
    const points = exact === undefined ? {} : { points: exact.points };
    const newRoutes = [{ ...LINK, ...rest, destinationLedger, ...points }];
    return { holdDownMs: 45_000, newRoutes, unreachable: [], requestFullTable: true };
  }
}

jest.setTimeout(WITHIN_MS);

test('whatever happens, a peer that answers knows exactly our routes, and is never flooded', () => {
  let rounds = 0;
  fc.assert(
    fc.property(
      fc.array(step, { minLength: 20, maxLength: 120 }),
      fc.constantFrom(...PEER_READS),
      fc.constantFrom<BroadcastSettings['curvelessV17']>('omit', 'placeholder', 'drop'),
      (steps, reads, curvelessV17) => {
        const more = { curvelessV17, maxUpdateBytes: MAX_BYTES };
        const course = new Course({ ...BROADCAST_DEFAULTS, ...LINK, ...more }, reads);
        for (const each of steps) course.take(each);
        course.settle();
        expect(course.isUpToDate).toBe(true);
        rounds += course.rounds;
      },
    ),
    { numRuns: 400 },
  );
  expect(rounds).toBeGreaterThan(400);
});
