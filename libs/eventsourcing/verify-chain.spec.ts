import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { chainHash, GENESIS_HASH, type HashedEvent } from './hash-chain';
import type { RecordedEvent } from './recorded-event';
import { type BrokenLink, type ChainHead, verifyLink } from './verify-chain';

const ORIGIN: ChainHead = { version: 0, hash: GENESIS_HASH };

const sha256 = (bytes: Buffer): Buffer => createHash('sha256').update(bytes).digest();

/** A ledger's log as it is written, packets by number: an odd event carries none. */
function chain(length: number): RecordedEvent[] {
  const events: RecordedEvent[] = [];
  let head = ORIGIN;
  for (let version = 1; version <= length; version += 1) {
    const packet = version % 2 === 0 ? Buffer.from(`packet ${version}`) : null;
    const hashed: HashedEvent = {
      ledgerId: 'alice',
      version,
      type: 'TransferPrepared',
      schemaVersion: 1,
      transferId: null,
      occurredAtMs: 1503921600000 + version,
      payload: `{"amount":"${version}"}`,
      packetDigest: packet && sha256(packet),
    };
    const hash = chainHash(head.hash, hashed);
    const place = { partition: 7, position: 100 + version };
    events.push({ ...hashed, ...place, packet, previousHash: head.hash, hash });
    head = { version, hash };
  }
  return events;
}

function firstBroken(events: readonly RecordedEvent[]): BrokenLink | undefined {
  let head = ORIGIN;
  for (const event of events) {
    const broken = verifyLink(head, event);
    if (broken !== undefined) return broken;
    head = event;
  }
  return undefined;
}

const changed = (at: number, change: (event: RecordedEvent) => Partial<RecordedEvent>) =>
  chain(6).map((event) => (event.version === at ? { ...event, ...change(event) } : event));

const flip = (bytes: Buffer, bit: number): Buffer => {
  const copy = Buffer.from(bytes);
  const at = Math.trunc(bit / 8) % copy.length;
  copy[at] = (copy[at] ?? 0) ^ (1 << (bit % 8));
  return copy;
};

test('a log as it was written has no broken link', () => {
  expect(firstBroken(chain(6))).toBeUndefined();
  expect(firstBroken([])).toBeUndefined();
});

test('where an event lies may change, its packet may be pruned', () => {
  const moved = { partition: 8, position: 1, packet: null };
  expect(firstBroken(changed(4, () => moved))).toBeUndefined();
});

describe('the first broken link is found:', () => {
  const anywhere = { at: fc.integer({ min: 1, max: 6 }), bit: fc.nat(255) };

  test.each(['version-gap', 'previous-hash', 'packet-digest', 'hash'] as const)(
    'rules are tested in order, up to %s',
    (rule) => {
      const rules = ['version-gap', 'previous-hash', 'packet-digest', 'hash'];
      const rank = rules.indexOf(rule);
      const events = changed(4, ({ version, previousHash, hash }) => ({
        ...(rank <= 0 && { version: version + 1 }),
        ...(rank <= 1 && { previousHash: flip(previousHash, 0) }),
        ...(rank <= 2 && { packet: Buffer.from('other') }),
        hash: flip(hash, 0),
      }));
      expect(firstBroken(events)?.rule).toBe(rule);
    },
  );

  test('an event is missing, doubled or in another place', () => {
    const events = chain(6);
    const [first, second, third, ...rest] = events as [RecordedEvent, RecordedEvent, RecordedEvent];
    const gap = (version: number) => ({ ledgerId: 'alice', version, rule: 'version-gap' });
    expect(firstBroken(events.slice(1))).toEqual(gap(2));
    expect(firstBroken([first, third, ...rest])).toEqual(gap(3));
    expect(firstBroken([first, second, second, third])).toEqual(gap(2));
    expect(firstBroken([second, first])).toEqual(gap(2));
  });

  test.each<[keyof HashedEvent, unknown]>([
    ['ledgerId', 'alicf'],
    ['type', 'TransferPreparee'],
    ['schemaVersion', 2],
    ['transferId', 'b4c838f6-80b1-47f8-a82e-b1fcfbed89d5'],
    ['occurredAtMs', 1503921600005],
    ['payload', '{"amount":"5"}'],
  ])('%s was changed', (field, value) => {
    const events = changed(4, () => ({ [field]: value }));
    expect(firstBroken(events)).toMatchObject({ version: 4, rule: 'hash' });
  });

  test('one bit of a hash was changed', () => {
    fc.assert(
      fc.property(fc.record(anywhere), ({ at, bit }) => {
        const events = changed(at, ({ hash }) => ({ hash: flip(hash, bit) }));
        expect(firstBroken(events)).toEqual({ ledgerId: 'alice', version: at, rule: 'hash' });
      }),
    );
  });

  test('one bit of a previous hash was changed', () => {
    fc.assert(
      fc.property(fc.record(anywhere), ({ at, bit }) => {
        const events = changed(at, ({ previousHash }) => ({
          previousHash: flip(previousHash, bit),
        }));
        expect(firstBroken(events)).toMatchObject({ version: at, rule: 'previous-hash' });
      }),
    );
  });

  test('one bit of a packet was changed, or one was put where there was none', () => {
    fc.assert(
      fc.property(fc.record(anywhere), ({ at, bit }) => {
        const events = changed(at, ({ packet }) => ({
          packet: packet === null ? Buffer.from('new') : flip(packet, bit),
        }));
        expect(firstBroken(events)).toMatchObject({ version: at, rule: 'packet-digest' });
      }),
    );
  });

  test('one bit of a packet’s digest was changed, whether the packet is there or pruned', () => {
    fc.assert(
      fc.property(fc.constantFrom(2, 4, 6), fc.nat(255), fc.boolean(), (at, bit, isPruned) => {
        const events = changed(at, ({ packet, packetDigest }) => ({
          packet: isPruned ? null : packet,
          packetDigest: packetDigest && flip(packetDigest, bit),
        }));
        const rule = isPruned ? 'hash' : 'packet-digest';
        expect(firstBroken(events)).toMatchObject({ version: at, rule });
      }),
    );
  });

  test('an event was rewritten with a hash of its own: the next one no longer follows', () => {
    const events = changed(3, (event) => {
      const payload = '{"amount":"9999"}';
      return { payload, hash: chainHash(event.previousHash, { ...event, payload }) };
    });
    expect(firstBroken(events)).toEqual({ ledgerId: 'alice', version: 4, rule: 'previous-hash' });
  });

  test('an event that belongs to another ledger’s chain', () => {
    const strangers = chain(1).map((event) => ({ ...event, ledgerId: 'bob' }));
    expect(firstBroken(strangers)).toEqual({ ledgerId: 'bob', version: 1, rule: 'hash' });
  });
});
