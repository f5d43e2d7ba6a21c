import fc from 'fast-check';
import type { RecordedEvent } from '#eventsourcing';
import { aMove, aSetup, NetworkPlayer, type Move, type NetworkSetup } from '#testing';
import { byPosition, chained, recordedStory } from '../../test/recorded-story';
import { Findings, type Finding } from './findings';
import { LegSpill } from './leg-spill';
import { LogAudit } from './log-audit';

interface Audited {
  readonly findings: readonly Finding[];
  readonly log: LogAudit;
}

function audit(events: readonly RecordedEvent[], memoryBytes = 1_000): Audited {
  const findings = new Findings();
  const spill = new LegSpill({ memoryBytes });
  try {
    const scope = { partitions: 64, positions: true, isWhole: true, payments: true };
    const log = new LogAudit({ ...scope, findings, spill });
    let partition = events[0]?.partition;
    for (const event of events) {
      if (event.partition !== partition) log.closeLedgers();
      partition = event.partition;
      log.apply(event);
    }
    log.finish(() => undefined);
    return { findings: findings.listed, log };
  } finally {
    spill.close();
  }
}

const story = fc.array(aMove, { minLength: 5, maxLength: 40, size: 'max' });

function played(setup: NetworkSetup[], moves: readonly Move[]): NetworkPlayer {
  const player = new NetworkPlayer(setup);
  for (const move of moves) player.play(move);
  return player;
}

/** Findings that are true of an honest log: what was lost was lost. */
const dishonest = ({ rule }: Finding): boolean => rule !== 'loss';

test('whatever peers, clocks and restarts do, the log of it is found in order', () => {
  let payments = 0;
  fc.assert(
    fc.property(aSetup, story, (setup, moves) => {
      const { network } = played(setup, moves);
      const { findings, log } = audit(byPosition(recordedStory(network.log)));
      expect(findings.filter(dishonest)).toEqual([]);
      expect(findings).toHaveLength(network.losses.length);
      expect(log.counts.losses).toBe(network.losses.length);
      for (const { ledger, folded } of log.ledgers) {
        const state = network.all().find(({ id }) => id === ledger);
        expect(folded?.sums).toEqual(state?.sums);
      }
      payments += log.counts.payments;
    }),
    { numRuns: 250 },
  );
  // The stories are not about nothing.
  expect(payments).toBeGreaterThan(250);
});

/** The event with one of its members changed, be it to something that could be true. */
function mutated(event: RecordedEvent, field: keyof RecordedEvent, seed: number): RecordedEvent {
  const value = event[field];
  if (Buffer.isBuffer(value)) {
    if (value.length === 0) return { ...event, [field]: Buffer.from([seed & 0xff]) };
    const changed = Buffer.from(value);
    const at = seed % changed.length;
    changed[at] = (changed[at] ?? 0) ^ (1 + (seed % 255));
    return { ...event, [field]: changed };
  }
  if (typeof value === 'number') return { ...event, [field]: value + 1 + (seed % 3) };
  if (typeof value === 'string') return { ...event, [field]: otherText(value, seed) };
  return { ...event, [field]: otherThanNull(field) };
}

function otherText(text: string, seed: number): string {
  const at = seed % text.length;
  const other = text[at] === '1' ? '2' : '1';
  return `${text.slice(0, at)}${other}${text.slice(at + 1)}`;
}

function otherThanNull(field: keyof RecordedEvent): unknown {
  if (field === 'transferId') return '00000000-0000-4000-8000-00000000000f';
  return Buffer.alloc(32, 7);
}

const FIELDS = [
  ...(['ledgerId', 'version', 'type', 'schemaVersion', 'transferId', 'occurredAtMs'] as const),
  ...(['payload', 'packet', 'packetDigest', 'partition', 'position'] as const),
  ...(['previousHash', 'hash'] as const),
];

test('any one change to any one field of any event is found', () => {
  const seen = new Set<string>();
  fc.assert(
    fc.property(
      aSetup,
      story,
      fc.nat(),
      fc.constantFrom(...FIELDS),
      fc.nat(1_000_000),
      (setup, moves, which, field, seed) => {
        const events = byPosition(recordedStory(played(setup, moves).network.log));
        const at = which % events.length;
        const before = events[at];
        if (before === undefined) return;
        const after = events.map((event, index) =>
          index === at ? mutated(event, field, seed) : event,
        );
        const chainFindings = (log: RecordedEvent[]): unknown[] =>
          audit(log).findings.filter(({ check }) => check === 'chain');
        expect(chainFindings(events)).toEqual([]);
        expect(chainFindings(after)).not.toEqual([]);
        seen.add(field);
      },
    ),
    { numRuns: 400 },
  );
  expect(seen.size).toBe(FIELDS.length);
});

test('any one event left out, doubled or put elsewhere is found', () => {
  fc.assert(
    fc.property(
      aSetup,
      story,
      fc.nat(),
      fc.constantFrom('left out', 'doubled', 'swapped'),
      (setup, moves, which, how) => {
        const events = byPosition(recordedStory(played(setup, moves).network.log));
        const at = which % (events.length - 1);
        const [one, other] = [events[at], events[at + 1]];
        if (one === undefined || other === undefined) return;
        // The last event of a partition is missed by whoever has seen it: checkpoints, signed heads.
        if (how === 'left out' && one.partition !== other.partition) return;
        if (how === 'swapped' && one.partition !== other.partition) return;
        const replaced = {
          'left out': [other],
          doubled: [one, one, other],
          swapped: [other, one],
        }[how];
        const after = [...events.slice(0, at), ...replaced, ...events.slice(at + 2)];
        expect(audit(after).findings.filter(({ check }) => check === 'chain')).not.toHaveLength(0);
      },
    ),
    { numRuns: 300 },
  );
});

describe('a history that was rewritten, hashes and all, is found where it contradicts itself:', () => {
  const moves: Move[] = [
    {
      kind: 'accept',
      from: 0,
      payment: 1,
      to: 1,
      amount: 40,
      forwarded: 39,
      holdMs: 9_000,
      windowMs: 1_000,
      isRefused: false,
    },
    { kind: 'fulfill', which: 0, lagMs: 0, isWrong: false },
  ];
  const limits = { maxBalance: 100n, minBalance: -100n };
  const setup: NetworkSetup[] = ['a', 'b', 'c'].map(() => ({ authority: 'admin', limits }));
  const honest = recordedStory(played(setup, moves).network.log);

  /** Changes the payloads of events of one type and writes all hashes anew. */
  const rewritten = (
    type: string,
    change: (payload: Record<string, unknown>, event: RecordedEvent) => Record<string, unknown>,
  ): string[] => {
    const events = honest.map((event) => {
      if (event.type !== type) return event;
      const payload = JSON.parse(event.payload) as Record<string, unknown>;
      return { ...event, payload: JSON.stringify(change(payload, event)) };
    });
    return rulesOf(chained(events));
  };
  const rulesOf = (events: readonly RecordedEvent[]): string[] =>
    audit(byPosition(events)).findings.map(({ check, rule }) => `${check}: ${rule}`);

  test('and an honest one is not', () => {
    expect(honest).toHaveLength(7);
    expect(rulesOf(honest)).toEqual([]);
  });

  test.each<[string, string, Record<string, unknown>, string[]]>([
    ['alice', 'an amount', { amount: '41' }, ['payments: cause: amount']],
    ['bob', 'an amount', { amount: '41' }, ['payments: plan: amount']],
    ['bob', 'a time', { expiresAtMs: 5 }, ['ledgers: fulfilled-late', 'payments: plan: expiry']],
    [
      'alice',
      'an amount beyond the limit',
      { amount: '101' },
      ['ledgers: max-balance', 'payments: cause: amount'],
    ],
    [
      'bob',
      'a condition',
      { condition: Buffer.alloc(32).toString('base64url') },
      ['ledgers: fulfillment', 'payments: condition'],
    ],
  ])('%s: %s', (ledger, _what, change, rules) => {
    const found = rewritten('TransferPrepared', (payload, event) =>
      event.ledgerId === ledger ? { ...payload, ...change } : payload,
    );
    expect(found.sort()).toEqual(rules);
  });

  test('a fulfillment that was never there', () => {
    const fulfillment = Buffer.alloc(32, 5).toString('base64url');
    const found = rewritten('TransferFulfilled', (payload) => ({ ...payload, fulfillment }));
    expect(found).toEqual(['ledgers: fulfillment', 'ledgers: fulfillment']);
  });

  test('the outgoing leg gone', () => {
    const found = rulesOf(chained(honest.filter(({ ledgerId }) => ledgerId !== 'bob')));
    expect(found).toEqual(['payments: taken-without-paying']);
  });

  test('the incoming leg gone', () => {
    const gone = honest.filter(
      ({ ledgerId, transferId }) => ledgerId !== 'alice' || transferId === null,
    );
    expect(rulesOf(chained(gone))).toEqual(['payments: cause']);
  });

  test('the incoming fulfillment gone is a payment that is unfinished, the outgoing one a theft', () => {
    const without = (ledger: string): Audited =>
      audit(
        byPosition(
          chained(
            honest.filter(
              ({ ledgerId, type }) => ledgerId !== ledger || type !== 'TransferFulfilled',
            ),
          ),
        ),
      );
    expect(without('alice').findings).toEqual([]);
    expect(without('alice').log.counts.unfinished).toBe(1);
    expect(without('bob').findings.map(({ rule }) => rule)).toEqual(['taken-without-paying']);
  });

  test('a transfer that ends twice, begins twice, or ends before it begins', () => {
    const of = (type: string): RecordedEvent => {
      const event = honest.find((each) => each.ledgerId === 'alice' && each.type === type);
      if (event === undefined) throw new Error(`no ${type}`);
      return event;
    };
    const end = of('TransferFulfilled');
    const begin = of('TransferPrepared');
    expect(rulesOf(chained([...honest, end]))[0]).toBe('ledgers: impossible: final-is-final');
    expect(rulesOf(chained([...honest, begin]))[0]).toBe('ledgers: impossible: prepared-once');
    const early = honest.filter((event) => event !== begin);
    expect(rulesOf(chained(early))[0]).toBe('ledgers: impossible: prepared-before-final');
  });

  test('a ledger that does not begin with its opening, an event that nobody knows', () => {
    expect(rulesOf(chained(honest.slice(1)))[0]).toBe('ledgers: impossible: opened-first');
    const unknown = honest.map((event) =>
      event.type === 'TransferFulfilled' ? { ...event, type: 'TransferVanished' } : event,
    );
    expect(rulesOf(chained(unknown))).toEqual([
      'ledgers: unreadable-event',
      'ledgers: unreadable-event',
    ]);
  });
});

test('an id that begins again long after memory has lost it is found', () => {
  const moves = Array.from({ length: 3 }, (_, payment): Move[] => [
    {
      kind: 'accept',
      from: 0,
      payment,
      to: 1,
      amount: 1,
      forwarded: 1,
      holdMs: 9_000,
      windowMs: 1_000,
      isRefused: true,
    },
  ]).flat();
  const setup: NetworkSetup[] = ['a', 'b', 'c'].map(() => ({
    authority: 'admin',
    limits: { maxBalance: null, minBalance: null },
  }));
  const honest = recordedStory(played(setup, moves).network.log);
  const rounds = honest.filter(({ transferId }) => transferId !== null);
  const renamed = (round: number) =>
    rounds.map((event) => ({
      ...event,
      transferId: (event.transferId ?? '').replace(/^.{8}/, String(10_000_000 + round)),
    }));
  const long = Array.from({ length: 100 }, (_, round) => renamed(round)).flat();
  const again = renamed(0).slice(0, 1);
  const { findings } = audit(byPosition(chained([...honest, ...long, ...again])));
  expect(findings.map(({ rule, found }) => ({ rule, found }))).toEqual([
    { rule: 'begun-twice', found: expect.stringMatching(/^another at version \d+$/) as string },
  ]);
});
