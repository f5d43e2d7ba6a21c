import { aLedgerId } from '#testing';
import { Hearing } from './hearing';

const ledger = aLedgerId('bob');

function scene() {
  const now = { ms: 0, isConnected: true };
  const hearing = new Hearing({
    isConnected: () => now.isConnected,
    repeatedAfterMs: 1_000,
    moment: () => now.ms,
  });
  const at = (ms: number): Hearing => {
    now.ms = ms;
    return hearing;
  };
  return { now, at, hearing };
}

describe('what a peer said may have been missed', () => {
  it('by nobody who has heard all the time', () => {
    const { at } = scene();
    expect(at(10_000).mayHaveMissed(ledger, 'all')).toBe(false);
  });

  it('by a new owner, until all who have something to tell have told it again', () => {
    const { at } = scene();
    at(5_000).begin(ledger);
    expect(at(7_999).mayHaveMissed(ledger, 'all')).toBe(true);
    expect(at(8_000).mayHaveMissed(ledger, 'all')).toBe(false);
    expect(at(6_000).mayHaveMissed(aLedgerId('carol'), 'all')).toBe(false);
  });

  it('in time only by one who was new a repetition earlier', () => {
    const { at } = scene();
    at(5_000).begin(ledger);
    expect(at(6_999).mayHaveMissed(ledger, 'in-time')).toBe(true);
    expect(at(7_000).mayHaveMissed(ledger, 'in-time')).toBe(false);
  });

  it('not by an owner whom the ledger has left', () => {
    const { at } = scene();
    at(5_000).begin(ledger);
    at(5_001).end(ledger);
    expect(at(5_002).mayHaveMissed(ledger, 'all')).toBe(false);
  });

  it('while the bus is away, and for as long after it was seen to be', () => {
    const { now, at } = scene();
    at(5_000).look();
    now.isConnected = false;
    at(5_020).look();
    now.isConnected = true;
    expect(at(8_019).mayHaveMissed(ledger, 'all')).toBe(true);
    expect(at(8_020).mayHaveMissed(ledger, 'all')).toBe(false);
    now.isConnected = false;
    expect(at(9_000).mayHaveMissed(ledger, 'all')).toBe(true);
  });
});

describe('a look', () => {
  it('counts while each comes in time', () => {
    const { at } = scene();
    expect([20, 40, 140].map((ms) => at(ms).look())).toEqual([true, true, true]);
  });

  it('counts for nothing where this process was away, but the next one does, be it as late', () => {
    const { at } = scene();
    at(20).look();
    expect([700, 1_400, 2_100, 2_120].map((ms) => at(ms).look())).toEqual([
      ...[false, true],
      ...[false, true],
    ]);
  });
});
