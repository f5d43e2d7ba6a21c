import { setImmediate as turn } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { MemoryBucket } from './test/memory-bucket';
import { described, OneProcess } from './test/one-process';

const GRACE_MS = 3_000;
const LIMITS = { routesPerPeer: 1_000, routeBytesPerPeer: 1_000_000 };

let nowMs: number;
let bucket: MemoryBucket;
let made: OneProcess;

beforeAll(() => {
  Logger.overrideLogger(false);
});

beforeEach(async () => {
  jest.useFakeTimers({ doNotFake: ['setImmediate'] });
  nowMs = 1_000_000;
  bucket = new MemoryBucket();
  made = new OneProcess(bucket, () => nowMs, { sessionGraceMs: GRACE_MS });
  made.open(described('a'), described('b'));
  await settled();
  await tell('test.x.');
});

afterEach(async () => {
  await made.routes.stop();
  jest.useRealTimers();
});

async function settled(): Promise<void> {
  for (let n = 0; n < 50; n += 1) await turn();
}

async function pass(ms: number): Promise<void> {
  nowMs += ms;
  jest.advanceTimersByTime(ms);
  await settled();
}

async function tell(destinationLedger: string): Promise<void> {
  const names = { sourceLedger: 'test.b.', sourceAccount: 'test.b.peer' };
  const newRoutes = [{ ...names, destinationLedger, minMessageWindowS: 1, paths: [[]] }];
  const empty = { unreachable: [], skipped: [], requestFullTable: false, showsV21: false };
  const update = { holdDownMs: 45_000, newRoutes, ...empty };
  const taken = made.routes.store(LIMITS, 'one').take({ peerId: 'b', update, untilMs: nowMs + 1 });
  await settled();
  await taken;
}

const isLearnt = (): boolean => made.routes.tables.countLearntOn('b') > 0;

describe('the routes of a peer that could not be told ours', () => {
  it('are forgotten when it does not come back at once', async () => {
    made.disconnect('b');
    await made.routes.forgetUnlessBack('b');
    await pass(GRACE_MS - 1);
    expect(isLearnt()).toBe(true);
    await pass(1);
    expect(isLearnt()).toBe(false);
  });

  it('are forgotten also when the end of its session is heard later', async () => {
    await made.routes.forgetUnlessBack('b');
    made.disconnect('b');
    await pass(GRACE_MS);
    expect(isLearnt()).toBe(false);
  });

  it('stay when it has another session before', async () => {
    made.disconnect('b');
    await made.routes.forgetUnlessBack('b');
    await pass(GRACE_MS - 1);
    made.connect('b');
    await pass(GRACE_MS);
    made.disconnect('b');
    await pass(GRACE_MS);
    expect(isLearnt()).toBe(true);
  });

  it('are forgotten at once when it has been away for longer', async () => {
    made.disconnect('b');
    await pass(GRACE_MS);
    await made.routes.forgetUnlessBack('b');
    await settled();
    expect(isLearnt()).toBe(false);
  });
});
