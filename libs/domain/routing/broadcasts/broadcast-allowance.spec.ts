import fc from 'fast-check';
import { BroadcastAllowance } from './broadcast-allowance';

const LIMITS = { updates: 3, updatesPerSecond: 1, routes: 100, routesPerSecond: 10 };

describe('the broadcasts of one peer', () => {
  test('may be so many at once, and so many a second after that', () => {
    const allowance = new BroadcastAllowance(LIMITS, 0);
    expect([0, 0, 0, 0].map((nowMs) => allowance.takeUpdate(nowMs))).toEqual([
      true,
      true,
      true,
      false,
    ]);
    expect(allowance.takeUpdate(999)).toBe(false);
    expect(allowance.takeUpdate(1_000)).toBe(true);
    expect(allowance.takeUpdate(1_001)).toBe(false);
  });

  test('are not read while routes are to be paid back', () => {
    const allowance = new BroadcastAllowance(LIMITS, 0);
    expect(allowance.takeUpdate(0)).toBe(true);
    allowance.drawRoutes(150, 0);
    expect(allowance.takeUpdate(4_000)).toBe(false);
    expect(allowance.takeUpdate(5_000)).toBe(true);
  });

  test('are not stopped by a clock that is set back', () => {
    const allowance = new BroadcastAllowance(LIMITS, 1_000_000);
    for (let count = 0; count < 3; count += 1) allowance.takeUpdate(1_000_000);
    expect(allowance.takeUpdate(0)).toBe(false);
    expect(allowance.takeUpdate(1_000)).toBe(true);
  });

  test('never cost more than the allowance and one update', () => {
    const step = fc.record({ ms: fc.nat(2_000), routes: fc.nat(120) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const allowance = new BroadcastAllowance(LIMITS, 0);
        let [nowMs, updates, routes] = [0, 0, 0];
        for (const each of steps) {
          nowMs += each.ms;
          if (!allowance.takeUpdate(nowMs)) continue;
          allowance.drawRoutes(each.routes, nowMs);
          updates += 1;
          routes += each.routes;
        }
        expect(updates).toBeLessThanOrEqual(3 + nowMs / 1_000);
        expect(routes).toBeLessThanOrEqual(100 + 120 + nowMs / 100);
      }),
    );
  });
});
