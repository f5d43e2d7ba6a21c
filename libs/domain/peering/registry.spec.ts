import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { canonicalJson, type JsonObject } from '#eventsourcing';
import {
  type ConfiguredIds,
  decideAdd,
  decidePropose,
  decideRemove,
  decideRotate,
  decodePeeringEvent,
  encodePeeringEvent,
  evolvePeers,
  NO_PEERS,
  ProposalError,
  type PeerAdded,
  type PeeringDecision,
  type PeeringEvent,
  PEERING_EVENT_TYPES,
  type PeeringRefusal,
  type PeeringState,
  type PublicPeerDocument,
  UnreadablePeeringEventError,
} from '.';

const NOON_MS = 1_800_000_000_000;
const nobody: ConfiguredIds = new Set();

const dave: PublicPeerDocument = {
  id: 'dave',
  socket: 'server',
  authority: 'admin',
  ledger: { prefix: 'test.dave.', currencyCode: 'USD', currencyScale: 9 },
};
const wallet1: PublicPeerDocument = {
  id: 'wallet1',
  discovery: 'webfinger',
  hostname: 'wallet1.com',
  ledger: { currencyCode: 'USD', currencyScale: 9 },
};
const added = (peer: PublicPeerDocument, by = 'carol'): PeerAdded => ({
  type: 'PeerAdded',
  peer,
  by,
});
const rotated: PeeringEvent = { type: 'PeerTokenRotated', peerId: 'dave', by: 'carol' };
const removed: PeeringEvent = {
  type: 'PeerRemoved',
  peerId: 'dave',
  reason: 'moved away',
  ledger: 'closed',
  by: 'carol',
};
const usdWithWallet1 = { hostname: 'wallet1.com', currencyCode: 'USD', currencyScale: 9 };
const proposed: PeeringEvent = { type: 'PeeringProposed', ...usdWithWallet1, by: 'carol' };

/** Events one after the other, a second apart. */
const fold = (events: readonly PeeringEvent[]): PeeringState =>
  events.reduce(
    (state, event, index) =>
      evolvePeers(state, event, { version: index + 1, occurredAtMs: NOON_MS + 1_000 * index }),
    NO_PEERS,
  );

const given = (...events: PeeringEvent[]) => ({
  when<Event extends PeeringEvent>(decide: (state: PeeringState) => PeeringDecision<Event>) {
    const decision = decide(fold(events));
    return {
      thenHappens: (event: PeeringEvent) => {
        expect(decision).toEqual({ event });
      },
      thenIsRepeated: (version: number) => {
        expect(decision).toEqual({ repeated: version });
      },
      thenIsRefused: (refusal: PeeringRefusal) => {
        expect(decision).toEqual({ refusal });
      },
    };
  },
});

const adding =
  (document: PublicPeerDocument, configured = nobody, by = 'carol') =>
  (state: PeeringState) =>
    decideAdd(state, { document, by }, configured);
const rotating =
  (peerId = 'dave', configured = nobody) =>
  (state: PeeringState) =>
    decideRotate(state, { peerId, by: 'carol' }, configured);
const removing =
  (peerId = 'dave', configured = nobody, reason = 'moved away') =>
  (state: PeeringState) =>
    decideRemove(state, { peerId, reason, ledger: 'closed', by: 'carol' }, configured);
const proposing =
  (change: Partial<typeof usdWithWallet1> = {}) =>
  (state: PeeringState) =>
    decidePropose(state, { ...usdWithWallet1, ...change, by: 'carol' });

const configured = new Set(['dave']);
const notThere = { rule: 'not-there', peerId: 'dave' } as const;
const inConfiguration = { rule: 'in-configuration', peerId: 'dave' } as const;
const daveIsThere = {
  rule: 'already-there',
  peerId: 'dave',
  addedBy: 'carol',
  addedAtMs: NOON_MS,
} as const;

describe('adding a peer', () => {
  test('happens where there is none of its name', () => {
    given().when(adding(dave)).thenHappens(added(dave));
    given(added(wallet1)).when(adding(dave)).thenHappens(added(dave));
  });

  test('is refused where it is there, even with other terms, and says since when', () => {
    given(added(dave))
      .when(adding({ ...dave, socket: 'client' }))
      .thenIsRefused(daveIsThere);
  });

  test('is refused where the configuration has it', () => {
    given().when(adding(dave, configured)).thenIsRefused(inConfiguration);
  });

  test('happens again after it was removed', () => {
    given(added(dave), removed).when(adding(dave)).thenHappens(added(dave));
  });

  test.each(['', '  ', 'car\nol', 'x'.repeat(501), '\ud800'])('is refused to %j', (by) => {
    given()
      .when(adding(dave, nobody, by))
      .thenIsRefused({ rule: 'unfit-text', field: 'by' });
  });
});

describe('another token', () => {
  test('is for a peer that was added', () => {
    given(added(dave)).when(rotating()).thenHappens(rotated);
    given().when(rotating()).thenIsRefused(notThere);
    given(added(dave), removed).when(rotating()).thenIsRefused(notThere);
    given().when(rotating('dave', configured)).thenIsRefused(inConfiguration);
  });
});

describe('removing a peer', () => {
  test('is for one that was added', () => {
    given(added(dave)).when(removing()).thenHappens(removed);
    given().when(removing()).thenIsRefused(notThere);
    given(added(dave), removed).when(removing()).thenIsRefused(notThere);
    given().when(removing('dave', configured)).thenIsRefused(inConfiguration);
  });

  test('needs a reason', () => {
    given(added(dave))
      .when(removing('dave', nobody, ' '))
      .thenIsRefused({ rule: 'unfit-text', field: 'reason' });
  });
});

describe('a proposal', () => {
  test('is made once for each currency, however the host is spelt', () => {
    given().when(proposing()).thenHappens(proposed);
    given(proposed).when(proposing()).thenIsRepeated(1);
    given(proposed)
      .when(proposing({ hostname: 'https://Wallet1.com/', currencyCode: 'usd' }))
      .thenIsRepeated(1);
    given(proposed)
      .when(proposing({ currencyScale: 2 }))
      .thenHappens({ ...proposed, currencyScale: 2 });
  });

  test('is over when the peer is added, and refused as long as it is there', () => {
    expect(fold([proposed]).proposals.size).toBe(1);
    expect(fold([proposed, added(wallet1)]).proposals.size).toBe(0);
    given(proposed, added(wallet1))
      .when(proposing())
      .thenIsRefused({
        rule: 'already-there',
        peerId: 'wallet1',
        addedBy: 'carol',
        addedAtMs: NOON_MS + 1_000,
      });
    given(proposed, added(dave)).when(proposing()).thenIsRepeated(1);
  });

  test.each([{ hostname: 'a/b' }, { currencyCode: 'US' }, { currencyScale: 19 }])(
    'is none with %j',
    (change) => {
      const [field] = Object.keys(change);
      expect(() => proposing(change)(NO_PEERS)).toThrow(ProposalError);
      expect(() => proposing(change)(NO_PEERS)).toThrow(new RegExp(`^${field}`));
    },
  );
});

type Wish =
  | { readonly kind: 'add' | 'rotate' | 'remove'; readonly id: string }
  | { readonly kind: 'propose'; readonly scale: number };

const aWish: fc.Arbitrary<Wish> = fc.oneof(
  fc.record({
    kind: fc.constantFrom('add' as const, 'rotate' as const, 'remove' as const),
    id: fc.constantFrom('p1', 'p2', 'p3'),
  }),
  fc.record({ kind: fc.constant('propose' as const), scale: fc.constantFrom(1, 2, 3) }),
);

/** Found at the same host; the number of its id is the scale. */
const peerOf = (id: string): PublicPeerDocument => ({
  ...wallet1,
  id,
  ledger: { currencyCode: 'USD', currencyScale: Number(id.slice(1)) },
});

function decide(state: PeeringState, wish: Wish): PeeringDecision<PeeringEvent> {
  if (wish.kind === 'propose') return proposing({ currencyScale: wish.scale })(state);
  if (wish.kind === 'add') return adding(peerOf(wish.id))(state);
  return wish.kind === 'rotate' ? rotating(wish.id)(state) : removing(wish.id)(state);
}

/** The same in the plainest way: version of the newest event of each peer, and what is proposed. */
function playOnModel(peers: Map<string, number>, proposals: Set<number>, wish: Wish, next: number) {
  if (wish.kind === 'propose') {
    if (proposals.has(wish.scale) || peers.has(`p${wish.scale}`)) return false;
    proposals.add(wish.scale);
    return true;
  }
  if (peers.has(wish.id) === (wish.kind === 'add')) return false;
  if (wish.kind === 'remove') peers.delete(wish.id);
  else peers.set(wish.id, next);
  if (wish.kind === 'add') proposals.delete(Number(wish.id.slice(1)));
  return true;
}

test('whatever is wished for, the fold of the events is what the plain model says', () => {
  fc.assert(
    fc.property(fc.array(aWish, { maxLength: 40 }), (wishes) => {
      const peers = new Map<string, number>();
      const proposals = new Set<number>();
      const events: PeeringEvent[] = [];
      for (const wish of wishes) {
        const decision = decide(fold(events), wish);
        const happens = playOnModel(peers, proposals, wish, events.length + 1);
        expect('event' in decision).toBe(happens);
        if ('event' in decision) events.push(decision.event);
      }
      const state = fold(events.map((event) => decodePeeringEvent(encodePeeringEvent(event))));
      expect(new Map([...state.peers].map(([id, { revision }]) => [id, revision]))).toEqual(peers);
      expect(
        new Set([...state.proposals.values()].map(({ currencyScale }) => currencyScale)),
      ).toEqual(proposals);
      expect(state.version).toBe(events.length);
    }),
  );
});

interface GoldenFile {
  readonly type: string;
  readonly schemaVersion: number;
  readonly events: readonly { readonly title: string; readonly payload: JsonObject }[];
}

/** One file per type and version. A file is never changed: it is what logs hold. */
const golden = readdirSync(join(__dirname, 'golden'))
  .map((name) => JSON.parse(readFileSync(join(__dirname, 'golden', name), 'utf8')) as GoldenFile)
  .flatMap(({ type, schemaVersion, events }) =>
    events.map(({ title, payload }) => ({ type, schemaVersion, title, payload })),
  );

describe('an event in the log', () => {
  test.each(golden)('$type $title is read, and written again byte for byte', (stored) => {
    const again = encodePeeringEvent(decodePeeringEvent(stored));
    expect(again).toMatchObject({ type: stored.type, schemaVersion: stored.schemaVersion });
    expect(canonicalJson(again.payload)).toBe(canonicalJson(stored.payload));
  });

  test.each(PEERING_EVENT_TYPES)('%s has a golden file', (type) => {
    expect(golden.some((one) => one.type === type)).toBe(true);
  });

  test.each(golden)('$type $title is refused with a member more or less', (stored) => {
    const { payload } = stored;
    const read = (changed: JsonObject) => () => decodePeeringEvent({ ...stored, payload: changed });
    expect(read({ ...payload, surplus: 1 })).toThrow(/surplus unexpected/);
    expect(read({ ...payload, type: stored.type })).toThrow(/type unexpected/);
    for (const member of Object.keys(payload)) {
      const { [member]: gone, ...others } = payload;
      expect(gone).toBeDefined();
      expect(read(others)).toThrow(UnreadablePeeringEventError);
      expect(read({ ...others, [member]: true })).toThrow(UnreadablePeeringEventError);
    }
  });

  test.each([
    ['RatesChanged', 1, /type unknown-type/],
    ['PeerAdded', 2, /schemaVersion unknown-version/],
  ])('%s version %i is not read', (type, schemaVersion, message) => {
    expect(() => decodePeeringEvent({ type, schemaVersion, payload: {} })).toThrow(message);
  });
});
