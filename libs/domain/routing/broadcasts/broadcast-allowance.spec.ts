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

  test('are drawn here as well where another process reads them, once each', () => {
    const allowance = new BroadcastAllowance(LIMITS, 0, { updates: 7, routes: 70 });
    expect(allowance.takeUpdate(0)).toBe(true);
    allowance.drawRoutes(10, 0);
    allowance.told(10);
    allowance.spentByAll({ updates: 9, routes: 90 }, 0);
    allowance.spentByAll({ updates: 9, routes: 90 }, 0);
    expect([allowance.takeUpdate(0), allowance.takeUpdate(0)]).toEqual([true, false]);
    allowance.spentByAll({ updates: 9, routes: 290 }, 0);
    expect(allowance.takeUpdate(11_900)).toBe(false);
    expect(allowance.takeUpdate(12_000)).toBe(true);
  });

  test('count from nothing again where all that was told is forgotten', () => {
    const allowance = new BroadcastAllowance(LIMITS, 0, { updates: 7, routes: 70 });
    allowance.spentByAll({ updates: 0, routes: 0 }, 0);
    allowance.spentByAll({ updates: 1, routes: 1 }, 0);
    expect([0, 0, 0].map((nowMs) => allowance.takeUpdate(nowMs))).toEqual([true, true, false]);
  });

  test('never exceed one allowance, in however many processes they are read', () => {
    const step = fc.record({ ms: fc.nat(400), routes: fc.nat(40), at: fc.nat(2) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const processes = [0, 1, 2].map(() => new BroadcastAllowance(LIMITS, 0));
        let [nowMs, spent] = [0, { updates: 0, routes: 0 }];
        for (const { ms, routes, at } of steps) {
          nowMs += ms;
          const allowance = processes[at];
          allowance?.spentByAll(spent, nowMs);
          if (allowance?.takeUpdate(nowMs) !== true) continue;
          allowance.drawRoutes(routes, nowMs);
          allowance.told(routes);
          spent = { updates: spent.updates + 1, routes: spent.routes + routes };
        }
        expect(spent.updates).toBeLessThanOrEqual(3 + nowMs / 1_000);
        expect(spent.routes).toBeLessThanOrEqual(100 + 40 + nowMs / 100);
      }),
    );
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
