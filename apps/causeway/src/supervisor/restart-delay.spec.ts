import { RestartDelay } from './restart-delay';

describe('RestartDelay', () => {
  it('doubles from 100 ms to 5 s while a service keeps failing', () => {
    const delay = new RestartDelay();
    const waits = Array.from({ length: 8 }, (_, i) => {
      delay.started(i);
      return delay.next(i);
    });
    expect(waits).toEqual([100, 200, 400, 800, 1600, 3200, 5000, 5000]);
  });

  it('begins again after the service ran for 30 s', () => {
    const delay = new RestartDelay();
    delay.started(0);
    delay.next(0);
    delay.next(0);
    delay.started(1_000);
    expect(delay.next(31_000)).toBe(100);
  });
});
