import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { FrontDoor, type Receiver } from './front-door';

/** Says when it takes what it was offered. */
class Offered implements Receiver {
  isReady = true;
  offers = 0;
  private answer: ((taken: boolean) => void) | undefined;

  get isTaking(): boolean {
    return this.isReady && this.answer === undefined;
  }

  offer(): Promise<boolean> {
    this.offers += 1;
    return new Promise((resolve) => {
      this.answer = resolve;
    });
  }

  /** As a real one, it takes no more for now once it has refused. */
  say(taken: boolean): void {
    const { answer } = this;
    this.answer = undefined;
    if (!taken) this.isReady = false;
    answer?.(taken);
  }
}

const LOOPBACK = { host: '127.0.0.1', port: 0 };

describe('the one port of several processes', () => {
  let one: Offered;
  let two: Offered;
  let door: FrontDoor;
  let port: number;
  let lines: string[];
  const callers: Socket[] = [];

  const open = async ({ waiting = 10, waitMs = 60_000 } = {}): Promise<void> => {
    one = new Offered();
    two = new Offered();
    lines = [];
    const log = (line: string): void => void lines.push(line);
    door = new FrontDoor({ receivers: [one, two], waiting, waitMs, log });
    ({ port } = await door.listen(LOOPBACK));
  };
  const dial = async (): Promise<Socket> => {
    const caller = connect(port, '127.0.0.1');
    caller.on('error', () => undefined);
    callers.push(caller);
    await once(caller, 'connect');
    return caller.resume();
  };
  const offers = (): number[] => [one.offers, two.offers];

  afterEach(() => {
    door.close();
    for (const caller of callers.splice(0)) caller.destroy();
  });

  it('offers connections to each in turn, and to each one at a time', async () => {
    await open();
    for (let calls = 0; calls < 5; calls++) await dial();
    await becomes(() => offers().join() === '1,1');
    two.say(true);
    await becomes(() => offers().join() === '1,2');
    one.say(true);
    await becomes(() => offers().join() === '2,2');
    one.say(true);
    await becomes(() => offers().join() === '3,2');
  });

  it('passes over who leaves', async () => {
    await open();
    one.isReady = false;
    for (let calls = 1; calls <= 3; calls++) {
      await dial();
      await becomes(() => two.offers === calls);
      two.say(true);
    }
    expect(one.offers).toBe(0);
  });

  it('offers to another what one has not taken, before whoever came later', async () => {
    await open();
    two.isReady = false;
    const first = await dial();
    await becomes(() => one.offers === 1);
    const second = await dial();
    two.isReady = true;
    one.say(false);
    await becomes(() => two.offers === 1);
    two.say(true);
    // This receiver took no copy, so the connection ends with ours.
    await once(first, 'close');
    expect(second.destroyed).toBe(false);
    await becomes(() => two.offers === 2);
  });

  it('lets connections wait while nobody takes them, up to a limit', async () => {
    await open({ waiting: 2 });
    one.isReady = two.isReady = false;
    const waiting = [await dial(), await dial()];
    await once(await dial(), 'close');
    expect(waiting.map(({ destroyed }) => destroyed)).toEqual([false, false]);
    one.isReady = two.isReady = true;
    door.open();
    expect(offers()).toEqual([1, 1]);
  });

  it('lets no connection wait for ever, be it for a process or for the answer of one', async () => {
    await open({ waitMs: 50 });
    two.isReady = false;
    const callers = [await dial(), await dial()];
    await becomes(() => callers.every(({ closed }) => closed));
    expect(offers()).toEqual([1, 0]);
    expect(lines).toEqual(['BTP connections are closed: no gateway takes them']);
    await dial();
    expect(offers()).toEqual([1, 0]);
  });

  it('closes whoever waits when it is closed, also who is refused after that', async () => {
    await open();
    two.isReady = false;
    const [offered, waiting] = [await dial(), await dial()];
    await becomes(() => one.offers === 1);
    door.close();
    await once(waiting, 'close');
    one.say(false);
    await once(offered, 'close');
  });

  it('says which port it cannot have', async () => {
    await open();
    const other = new FrontDoor({ receivers: [], waiting: 1, waitMs: 1, log: () => undefined });
    await expect(other.listen({ host: '127.0.0.1', port })).rejects.toThrow(`127.0.0.1:${port}`);
  });
});

async function becomes(holds: () => boolean): Promise<void> {
  for (let looks = 0; looks < 1_000 && !holds(); looks++) await sleep(10);
  expect(holds()).toBe(true);
}
