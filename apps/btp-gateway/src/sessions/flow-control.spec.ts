import fc from 'fast-check';
import { SessionKit, START_MS } from '../../../../test/support/gateway/session-kit';

const noop = (): void => undefined;
const HIGH = 1_000;
const LOW = 100;

function kitOf(more: object = {}): SessionKit {
  const limits = { sendHighWaterBytes: HIGH, sendLowWaterBytes: LOW, sendQueueBytes: 10_000 };
  return new SessionKit({ ...limits, sendStallMs: 30_000, ...more });
}

function ask(kit: SessionKit): void {
  kit.receive({ type: 'message', requestId: 9, protocolData: [] });
}

function sweepAfter(kit: SessionKit, ms: number): void {
  kit.nowMs += ms;
  kit.session.sweep(kit.nowMs);
}

describe('a peer that asks without reading the answers', () => {
  it('is not read while more than the high-water mark waits for it, until little does', () => {
    const kit = kitOf();
    kit.wire.queuedBytes = HIGH;
    ask(kit);
    expect(kit.wire.isPaused).toBe(false);
    kit.wire.queuedBytes = HIGH + 1;
    ask(kit);
    expect(kit.wire.isPaused).toBe(true);
    expect(kit.metrics.pauses).toEqual({ 'slow-reader': 1, flood: 0 });
    kit.wire.taken = 1;
    kit.wire.queuedBytes = LOW + 1;
    sweepAfter(kit, 20);
    expect(kit.wire.isPaused).toBe(true);
    kit.wire.taken = 2;
    kit.wire.queuedBytes = LOW;
    sweepAfter(kit, 20);
    expect(kit.wire.isPaused).toBe(false);
  });

  it('still gets answers to what came in before the pause', () => {
    const kit = kitOf();
    kit.wire.queuedBytes = HIGH + 1;
    ask(kit);
    ask(kit);
    expect(kit.requests).toHaveLength(2);
  });

  it('is given a sip every second while nothing moves: it may wait for us as we for it', () => {
    const kit = kitOf();
    kit.wire.queuedBytes = HIGH + 1;
    ask(kit);
    sweepAfter(kit, 999);
    expect(kit.wire.isPaused).toBe(true);
    sweepAfter(kit, 1);
    expect(kit.wire.isPaused).toBe(false);
    ask(kit);
    expect(kit.wire.isPaused).toBe(true);
    sweepAfter(kit, 999);
    expect(kit.wire.isPaused).toBe(true);
  });

  it('is cut when its queue has not moved for the whole stall time', () => {
    const kit = kitOf({ heartbeatMs: 86_400_000 });
    kit.wire.queuedBytes = 1;
    sweepAfter(kit, 29_999);
    kit.wire.taken = 1;
    sweepAfter(kit, 1);
    sweepAfter(kit, 29_999);
    expect(kit.session.isClosed()).toBe(false);
    sweepAfter(kit, 1);
    expect(kit.wire.wasCut).toBe(true);
    expect(kit.metrics.cuts['send-stall']).toBe(1);
    expect(kit.endings).toEqual(['it takes nothing of what it is sent']);
  });

  it('is not cut for a queue that was empty until now', () => {
    const kit = kitOf({ heartbeatMs: 86_400_000 });
    sweepAfter(kit, 60_000);
    kit.wire.queuedBytes = 1;
    sweepAfter(kit, 29_999);
    expect(kit.session.isClosed()).toBe(false);
  });

  it('does not lose its session over pings whose answers we do not read', () => {
    const kit = kitOf({ heartbeatMs: 1_000, heartbeatMisses: 1, sendStallMs: 86_400_000 });
    kit.wire.queuedBytes = HIGH + 1;
    for (let second = 0; second < 10; second += 1) {
      ask(kit);
      expect(kit.wire.isPaused).toBe(true);
      kit.wire.taken += 1;
      sweepAfter(kit, 1_000);
    }
    expect(kit.wire.pings).toBe(10);
    expect(kit.session.isClosed()).toBe(false);
  });
});

describe('a peer that sends what is of no use', () => {
  it.each<[string, (kit: SessionKit) => void]>([
    [
      'unreadable frames',
      (kit) => {
        kit.session.receive(Buffer.from('ff', 'hex'));
      },
    ],
    [
      'text and pings',
      (kit) => {
        kit.session.receiveNoise();
      },
    ],
    [
      'pongs that nobody asked for',
      (kit) => {
        kit.session.receivePong();
      },
    ],
  ])('is not read for a while after too many %s', (_, act) => {
    const kit = kitOf({ refusalsPerPeerPerSecond: 10 });
    for (let frame = 0; frame < 10; frame += 1) act(kit);
    expect(kit.wire.isPaused).toBe(false);
    act(kit);
    expect(kit.wire.isPaused).toBe(true);
    expect(kit.metrics.pauses).toEqual({ 'slow-reader': 0, flood: 1 });
    sweepAfter(kit, 99);
    expect(kit.wire.isPaused).toBe(true);
    sweepAfter(kit, 2);
    expect(kit.wire.isPaused).toBe(false);
  });
});

describe('answers to nothing', () => {
  const answer = { type: 'response', requestId: 1, protocolData: [] } as const;
  const asker = { askedAtMs: 0, onResponse: noop, onRefusal: noop, onSilence: noop };

  function askInVain(kit: SessionKit): void {
    const requestId = kit.session.takeRequestId();
    kit.session.ask({ type: 'message', requestId, protocolData: [] }, { ...asker });
  }

  it('are of no use, and a peer that sends too many is not read for a while', () => {
    const kit = kitOf({ refusalsPerPeerPerSecond: 10 });
    for (let frame = 0; frame < 11; frame += 1) kit.receive(answer);
    expect(kit.wire.isPaused).toBe(true);
  });

  it('are held against nobody who was only late: else a slow peer would grow slower and slower', () => {
    const kit = kitOf({ refusalsPerPeerPerSecond: 10, requestTimeoutMs: 1_000 });
    for (let question = 0; question < 100; question += 1) askInVain(kit);
    sweepAfter(kit, 1_000);
    for (let frame = 0; frame < 110; frame += 1) kit.receive(answer);
    expect(kit.wire.isPaused).toBe(false);
    kit.receive(answer);
    expect(kit.wire.isPaused).toBe(true);
  });
});

describe('flow control', () => {
  const step = fc.record({
    ms: fc.integer({ min: 0, max: 2_000 }),
    queuedBytes: fc.integer({ min: 0, max: 3_000 }),
    useless: fc.integer({ min: 0, max: 30 }),
    frames: fc.integer({ min: 0, max: 3 }),
  });

  it('never reads on above the high-water mark, and always reads again once all is taken', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const kit = kitOf({ refusalsPerPeerPerSecond: 10, heartbeatMs: 86_400_000 });
        for (const { ms, queuedBytes, useless, frames } of steps) {
          kit.wire.taken += kit.wire.queuedBytes === queuedBytes ? 0 : 1;
          kit.wire.queuedBytes = queuedBytes;
          sweepAfter(kit, ms);
          if (kit.session.isClosed()) return;
          for (let frame = 0; frame < useless; frame += 1) kit.session.receiveNoise();
          for (let frame = 0; frame < frames; frame += 1) ask(kit);
          const wasRead = useless + frames > 0;
          if (wasRead && queuedBytes > HIGH) expect(kit.wire.isPaused).toBe(true);
        }
        kit.wire.taken += 1;
        kit.wire.queuedBytes = 0;
        sweepAfter(kit, 1_000);
        expect(kit.wire.isPaused).toBe(false);
        expect(kit.nowMs).toBeGreaterThanOrEqual(START_MS);
      }),
    );
  });
});
