import { Lease } from './lease';

function scene() {
  const at = { monotonicMs: 1_000, wallMs: 1_800_000_000_000 };
  const lease = new Lease(2_500, () => ({ ...at }));
  return { at, lease };
}

describe('a lease', () => {
  test('holds until its time is over, and again after it is renewed', () => {
    const { at, lease } = scene();
    at.monotonicMs += 2_499;
    at.wallMs += 2_499;
    expect(lease.holds).toBe(true);
    at.monotonicMs += 1;
    expect(lease.holds).toBe(false);
    lease.renew(lease.moment());
    expect(lease.holds).toBe(true);
  });

  test('counts from when the sign of life left, not from when it was answered', () => {
    const { at, lease } = scene();
    const asked = lease.moment();
    at.monotonicMs += 2_600;
    lease.renew(asked);
    expect(lease.holds).toBe(false);
  });

  test('is over when either clock says so: asleep the one stands still, the other is set', () => {
    const asleep = scene();
    asleep.at.wallMs += 60_000;
    expect(asleep.lease.holds).toBe(false);
    const setBack = scene();
    setBack.at.wallMs -= 60_000;
    setBack.at.monotonicMs += 2_500;
    expect(setBack.lease.holds).toBe(false);
  });

  test('remembers the longest silence', () => {
    const { at, lease } = scene();
    at.monotonicMs += 20_000;
    lease.renew(lease.moment());
    at.monotonicMs += 500;
    lease.renew(lease.moment());
    expect(lease.longestSilenceMs).toBe(20_000);
  });
});
