import fc from 'fast-check';
import { CountingPeer } from '../test/counting-peer';
import { COMPARE_AGAIN_MS } from './balance-comparison';

type Move = (peer: CountingPeer) => void;

const aPick = fc.nat({ max: 50 });
const anAmount = fc.bigInt({ min: 1n, max: 20n });

const honest: fc.Arbitrary<Move> = fc.oneof(
  fc
    .record({ direction: fc.constantFrom('incoming', 'outgoing'), amount: anAmount })
    .map(({ direction, amount }): Move => (peer) => {
      peer.prepare(direction, amount);
    }),
  move((peer, pick) => {
    peer.fulfill(pick);
  }),
  move((peer, pick) => {
    peer.reject(pick);
  }),
  move((peer, pick) => {
    peer.expire(pick);
  }),
  {
    arbitrary: move((peer, pick) => {
      peer.arriveThere(pick);
    }),
    weight: 3,
  },
  {
    arbitrary: move((peer, pick) => {
      peer.arriveHere(pick);
    }),
    weight: 3,
  },
  move((peer) => {
    peer.settle();
  }),
  move((peer) => {
    peer.stage.openSession();
    peer.carryQuestions();
  }),
  move((peer) => {
    peer.stage.tick(COMPARE_AGAIN_MS);
    peer.carryQuestions();
  }),
);
const parting = move((peer, pick) => {
  peer.part(pick);
});
const aWorld = fc.record({
  authority: fc.constantFrom('symmetric', 'shadow', 'validated'),
  adoption: fc.constantFrom('automatic', 'operator'),
});

function move(play: (peer: CountingPeer, pick: number) => void): fc.Arbitrary<Move> {
  return aPick.map((pick) => (peer: CountingPeer) => {
    play(peer, pick);
  });
}

const DIFFERS = ['LedgerDisputed', 'ShadowDiverged'];
const LONG = { maxLength: 80, size: 'max' } as const;
const RUNS = { numRuns: 800 };

describe('two sides whose messages take any time', () => {
  it('are never found to differ while they do not, and agree in the end', () => {
    fc.assert(
      fc.property(aWorld, fc.array(honest, LONG), ({ authority, adoption }, moves) => {
        const peer = new CountingPeer(authority, adoption);
        for (const play of moves) play(peer);
        peer.finish();
        expect(peer.difference).toBe(0n);
        expect(peer.stage.types.filter((type) => type !== 'BalanceCompared')).toEqual([]);
        expect(peer.stage.ledger.agreedBalance).toBe(peer.ours);
      }),
      RUNS,
    );
  });

  it('are never found to agree while the peer counts otherwise, and differ in the end', () => {
    const someLie = fc.oneof(fc.bigInt({ min: 1n, max: 40n }), fc.bigInt({ min: -40n, max: -1n }));
    fc.assert(
      fc.property(
        fc.constantFrom('symmetric' as const, 'shadow' as const, 'validated' as const),
        someLie,
        fc.array(honest, LONG),
        (authority, lie, moves) => {
          const peer = new CountingPeer(authority, 'operator');
          peer.lie = lie;
          for (const play of moves) play(peer);
          peer.finish();
          expect(peer.stage.types.filter((type) => !DIFFERS.includes(type))).toEqual([]);
          expect(peer.stage.types.length).toBeLessThanOrEqual(2);
          const { difference, sums } = peer.stage.ledger;
          expect(difference && difference.theirs - difference.ours).toBe(lie);
          expect(sums.adjusted).toBe(0n);
        },
      ),
      RUNS,
    );
  });

  it('are one again after a shadow has adopted what differed', () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: -40n, max: 40n }),
        fc.array(fc.oneof(honest, parting), LONG),
        (lie, moves) => {
          const peer = new CountingPeer('shadow', 'automatic');
          peer.lie = lie;
          for (const play of moves) play(peer);
          peer.finish();
          expect(peer.difference).toBe(0n);
          expect(peer.stage.ledger.difference).toBeNull();
          expect(peer.stage.ledger.agreedBalance).toBe(peer.ours);
        },
      ),
      RUNS,
    );
  });

  it('that ended a transfer not alike are found to differ by just that in the end', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(honest, parting), LONG), (moves) => {
        const peer = new CountingPeer('symmetric', 'automatic');
        for (const play of moves) play(peer);
        peer.finish();
        const { difference, agreedBalance } = peer.stage.ledger;
        if (peer.difference === 0n) expect(agreedBalance).toBe(peer.ours);
        expect(difference === null ? 0n : difference.theirs - difference.ours).toBe(
          peer.difference,
        );
      }),
      RUNS,
    );
  });
});
