import { decodeHot, type ForwardPayment, type HotLeg, subjectsOf } from '#contracts';
import { openLedger } from '#domain/ledger';
import { resumeLedger } from '#domain/payment';
import { ALICE, anOutgoing, BOB, INCOMING, ledgerOpened, NOON_MS, OUTGOING } from '#testing';
import { Effects } from './effects';
import { ErrandBoard } from './errand-board';
import { ErrandDesk } from './errand-desk';
import { LedgerBook } from './ledger-book';

const DUE_MS = NOON_MS + 9_000;
const REFERENCE = 7;
const CAUSE = { ledgerId: ALICE, transferId: INCOMING, amount: 100n };
const { amount, condition, expiresAtMs, packet } = anOutgoing();
const asked: ForwardPayment = {
  ...{ amount, condition, expiresAtMs, packet },
  kind: 'forward-payment',
  ledgerId: BOB,
  transferId: OUTGOING,
  cause: CAUSE,
  reference: REFERENCE,
};

/** The owner of bob's ledger, where bob decides; alice's is another owner's. */
class Stage {
  isUnheard = false;
  private version = 1;
  private readonly book = new LedgerBook({
    stage: () => (this.version += 1),
    owns: (id) => id === BOB,
    mayHaveMissed: () => this.isUnheard,
    finalTransfersCached: 10,
    shadowExpiryGraceMs: 60_000,
  });
  private readonly desk = new ErrandDesk({
    book: this.book,
    errands: new ErrandBoard(1),
    subjects: subjectsOf('test'),
    partitions: 64,
    observer: { ownerSilent: () => undefined },
  });

  constructor() {
    const opened = ledgerOpened({ prefix: 'test.bob.', authority: 'shadow' });
    this.book.adopt(openLedger(BOB, opened), false);
  }

  /** What it tells the owner of alice's ledger who asks. */
  ask(nowMs: number): HotLeg | undefined {
    return this.told((effects) => {
      const { errands } = this.desk.takeForward(asked, nowMs);
      this.desk.run(errands, nowMs, effects, REFERENCE);
    });
  }

  /** What it tells him by itself when the ledger has come to it. */
  resume(nowMs: number): HotLeg | undefined {
    const ledger = this.book.find(BOB);
    if (ledger === undefined) throw new Error('there is such a ledger');
    return this.told((effects) => {
      const { errands } = resumeLedger(this.book, ledger, { nowMs, graceMs: 60_000 });
      this.desk.run(errands, nowMs, effects);
    });
  }

  private told(act: (effects: Effects) => void): HotLeg | undefined {
    const legs: HotLeg[] = [];
    const effects = new Effects();
    act(effects);
    effects.release((_subject, entry) => {
      const message = decodeHot(entry);
      if (message.kind === 'leg-report') legs.push(message.leg);
    });
    return legs[0];
  }
}

describe('what is on hold for another owner', () => {
  it('is told as it is now, whatever was told of it before', () => {
    const stage = new Stage();
    const open = { kind: 'open', awaitsRelease: true };
    expect(stage.ask(NOON_MS)).toEqual({ ...open, awaitsAuthority: true });
    stage.isUnheard = true;
    expect(stage.resume(DUE_MS)).toMatchObject(open);
    expect(stage.ask(DUE_MS)).toEqual({ ...open, awaitsAuthority: false });
    stage.isUnheard = false;
    expect(stage.ask(DUE_MS)).toEqual({ ...open, awaitsAuthority: true });
  });
});
