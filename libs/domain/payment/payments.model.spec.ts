import fc from 'fast-check';
import {
  decodeEvent,
  encodeEvent,
  decodeSnapshot,
  encodeSnapshot,
  evolve,
  type LedgerState,
  replayLedger,
} from '#domain/ledger';
import { aMove, aSetup, ilpErrorOf, type Move, NetworkPlayer, type NetworkSetup } from '#testing';

const moves = fc.array(aMove, { minLength: 1, maxLength: 60, size: 'max' });

const played = (setup: NetworkSetup[], story: readonly Move[]): NetworkPlayer => {
  const player = new NetworkPlayer(setup);
  for (const move of story) player.play(move);
  return player;
};

/**
 * Whatever peers, clocks and restarts do: money is conserved, limits hold at every moment, no
 * transfer ends twice, what we pay we are paid for or report as lost, nothing happens twice. The
 * laws are those of PaymentNetwork. `seen` proves that the stories are not about nothing.
 */
describe('any story of payments over three ledgers', () => {
  const seen = new Map<string, number>();
  const count = (what: string): void => {
    seen.set(what, (seen.get(what) ?? 0) + 1);
  };

  test('breaks no law of money', () => {
    fc.assert(
      fc.property(aSetup, moves, (setup, story) => {
        const { network, outcomes } = played(setup, story);
        expect(network.faults).toEqual([]);
        for (const { event } of network.log) {
          count(event.type);
          if (event.type === 'TransferRejected') count(ilpErrorOf(event.reason).code);
        }
        for (const { refusal, deliveries, loss } of outcomes) {
          if (refusal !== undefined) count(refusal.kind);
          for (const { kind } of deliveries) count(kind);
          if (loss !== undefined) count('loss');
        }
      }),
      { numRuns: 2000 },
    );
  });

  test.each([
    ...['TransferPrepared', 'TransferFulfilled', 'TransferRejected', 'TransferExpired'],
    ...['TransferProposed', 'ProposalAccepted', 'FulfillmentSubmitted', 'LedgerDisputed'],
    ...['LimitsChanged', 'LedgerPaused', 'ThresholdCrossed'],
    ...['prepare', 'fulfill', 'reject', 'loss'],
    ...['AmountOutOfRange', 'DuplicateId', 'AlreadyFulfilled', 'AlreadyRolledBack'],
    ...['LedgerNotOpen', 'InsufficientBalance', 'WrongDirection', 'InvalidFulfillment'],
    ...['F00', 'F02', 'F99', 'R00', 'R01', 'R02', 'T01', 'T04'],
  ])('comes upon %s', (what) => {
    expect(seen.get(what) ?? 0).toBeGreaterThan(5);
  });

  test('loses nothing on ledgers that nobody decides without us, whatever the clock does', () => {
    const ours = aSetup.map((setup) =>
      setup.map(({ authority, limits }): NetworkSetup => {
        return { authority: authority === 'admin' ? 'admin' : 'symmetric', limits };
      }),
    );
    fc.assert(
      fc.property(ours, moves, (setup, story) => {
        expect(played(setup, story).network.losses).toEqual([]);
      }),
      { numRuns: 1000 },
    );
  });
});

describe('the log of any story', () => {
  const replayed = (player: NetworkPlayer, ledger: LedgerState): LedgerState[] => {
    const events = player.network.eventsOf(ledger.id);
    const stored = events.map((event) => decodeEvent(encodeEvent(event)));
    return [replayLedger(ledger.id, events), replayLedger(ledger.id, stored)].filter(
      (state) => state !== undefined,
    );
  };

  test('replays to the state that was lived, stored or not', () => {
    fc.assert(
      fc.property(aSetup, moves, (setup, story) => {
        const player = played(setup, story);
        for (const ledger of player.network.all()) {
          expect(replayed(player, ledger)).toEqual([ledger, ledger]);
        }
      }),
      { numRuns: 500 },
    );
  });

  test('may be cut anywhere and gone on with, from memory or from a snapshot', () => {
    fc.assert(
      fc.property(aSetup, moves, fc.nat(), (setup, story, cut) => {
        for (const ledger of played(setup, story).network.all()) {
          const events = played(setup, story).network.eventsOf(ledger.id);
          const kept = 1 + (cut % events.length);
          const begun = replayLedger(ledger.id, events.slice(0, kept));
          if (begun === undefined) throw new Error('a log begins with LedgerOpened');
          const restored = decodeSnapshot(encodeSnapshot(begun));
          for (const event of events.slice(kept)) {
            evolve(begun, event);
            evolve(restored, event);
          }
          expect(encodeSnapshot(begun)).toBe(encodeSnapshot(ledger));
          expect(restored.sums).toEqual(ledger.sums);
          expect(encodeSnapshot(restored)).toBe(encodeSnapshot(ledger));
        }
      }),
      { numRuns: 300 },
    );
  });
});
