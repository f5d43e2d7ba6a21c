import { openLedger } from '#domain/ledger';
import { aLedgerId, ledgerOpened } from '#testing';
import { SNAPSHOT_EVERY_EVENTS, SnapshotKeeper } from './snapshot-keeper';

const ledger = openLedger(aLedgerId(), ledgerOpened());
const head = (version: number) => ({ version, hash: Buffer.alloc(32, version) });

describe('SnapshotKeeper', () => {
  it('takes a snapshot of a ledger as of the last event that it includes', () => {
    const keeper = new SnapshotKeeper();
    keeper.follow(ledger.id, head(1));
    keeper.follow(ledger.id, head(2));
    expect(keeper.takeAll([ledger], 0)).toMatchObject([{ ledgerId: ledger.id, ...head(2) }]);
  });

  it('finds a ledger due after so many events, once', () => {
    const keeper = new SnapshotKeeper();
    keeper.follow(ledger.id, head(1));
    expect(keeper.takeDue(() => ledger, 0)).toEqual([]);
    keeper.follow(ledger.id, head(1 + SNAPSHOT_EVERY_EVENTS));
    expect(keeper.takeDue(() => ledger, 0)).toHaveLength(1);
    expect(keeper.takeDue(() => ledger, 0)).toEqual([]);
  });

  it('takes none of a ledger that went and came back before anything happened to it here', () => {
    const keeper = new SnapshotKeeper();
    keeper.follow(ledger.id, head(1));
    keeper.follow(ledger.id, head(1 + SNAPSHOT_EVERY_EVENTS));
    keeper.release(ledger.id);
    expect(keeper.takeDue(() => ledger, 0)).toEqual([]);
    expect(keeper.takeAll([ledger], 0)).toEqual([]);
  });
});
