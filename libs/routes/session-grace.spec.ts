import { SessionGrace } from './session-grace';

const GRACE_MS = 3_000;
const NOW = 1_000_000;

describe('a peer whose session has ended', () => {
  it('is waited for as long as that, and no longer', () => {
    const grace = new SessionGrace(GRACE_MS);
    grace.closed('alice', NOW);
    expect(grace.covers('alice', NOW)).toBe(true);
    expect(grace.covers('alice', NOW + GRACE_MS - 1)).toBe(true);
    expect(grace.covers('alice', NOW + GRACE_MS)).toBe(false);
  });

  it('is not waited for once it is back, and anew when that session ends', () => {
    const grace = new SessionGrace(GRACE_MS);
    grace.closed('alice', NOW);
    grace.opened('alice');
    expect(grace.covers('alice', NOW + 1)).toBe(false);
    grace.closed('alice', NOW + 2_000);
    expect(grace.covers('alice', NOW + 4_999)).toBe(true);
  });

  it('is given up in turn, once', () => {
    const grace = new SessionGrace(GRACE_MS);
    expect(grace.endsAtMs).toBeUndefined();
    grace.closed('alice', NOW);
    grace.closed('bob', NOW + 1_000);
    expect(grace.endsAtMs).toBe(NOW + 3_000);
    expect(grace.giveUp(NOW + 2_999)).toEqual([]);
    expect(grace.giveUp(NOW + 3_000)).toEqual(['alice']);
    expect(grace.endsAtMs).toBe(NOW + 4_000);
    expect(grace.giveUp(NOW + 9_000)).toEqual(['bob']);
    expect(grace.giveUp(NOW + 9_000)).toEqual([]);
  });

  it('is not waited for any longer because a clock was set back', () => {
    const grace = new SessionGrace(GRACE_MS);
    grace.closed('alice', NOW);
    expect(grace.covers('alice', NOW - 60_000)).toBe(false);
    expect(grace.giveUp(NOW - 60_000)).toEqual(['alice']);
  });
});

it('a peer that had no session since the start is not waited for', () => {
  expect(new SessionGrace(GRACE_MS).covers('alice', NOW)).toBe(false);
});

it('nobody is waited for where there is no such time', () => {
  const grace = new SessionGrace(0);
  grace.closed('alice', NOW);
  expect(grace.covers('alice', NOW)).toBe(false);
  expect(grace.endsAtMs).toBeUndefined();
});
