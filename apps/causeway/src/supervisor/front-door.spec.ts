import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { FrontDoor, type Receiver } from './front-door';

/** Answers each connection with its name, as if it ran in another process. */
class Named implements Receiver {
  isTaking = true;
  isBroken = false;
  handed = 0;

  constructor(private readonly name: string) {}

  hand(socket: Socket, failed: () => void): void {
    if (this.isBroken) {
      this.isTaking = false;
      failed();
      return;
    }
    this.handed += 1;
    socket.end(this.name);
  }
}

const LOOPBACK = { host: '127.0.0.1', port: 0 };
const LIMITS = { waiting: 2, waitMs: 60_000 };

describe('the one port of several processes', () => {
  const doors: FrontDoor[] = [];
  let one: Named;
  let two: Named;

  const open = async (limits = LIMITS): Promise<() => Promise<string>> => {
    one = new Named('one');
    two = new Named('two');
    const door = new FrontDoor([one, two], limits);
    doors.push(door);
    const { port } = await door.listen(LOOPBACK);
    return () => heardFrom(port);
  };

  afterEach(() => {
    for (const door of doors.splice(0)) door.close();
  });

  it('gives each connection to the next one in turn', async () => {
    const dial = await open();
    expect([await dial(), await dial(), await dial(), await dial()].sort()).toEqual([
      'one',
      'one',
      'two',
      'two',
    ]);
  });

  it('passes over who leaves, and who cannot be reached', async () => {
    const dial = await open();
    one.isTaking = false;
    expect([await dial(), await dial()]).toEqual(['two', 'two']);
    one.isTaking = true;
    two.isBroken = true;
    expect([await dial(), await dial(), await dial()]).toEqual(['one', 'one', 'one']);
  });

  it('lets connections wait while nobody takes them', async () => {
    const dial = await open();
    one.isTaking = two.isTaking = false;
    const waiting = [dial(), dial()];
    const beyond = dial();
    await expect(beyond).resolves.toBe('');
    two.isTaking = true;
    doors[0]?.open();
    expect(await Promise.all(waiting)).toEqual(['two', 'two']);
  });

  it('does not let them wait for ever', async () => {
    const dial = await open({ waiting: 2, waitMs: 20 });
    one.isTaking = two.isTaking = false;
    expect(await dial()).toBe('');
  });
});

async function heardFrom(port: number): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  let heard = '';
  socket.on('data', (data) => (heard += data.toString()));
  socket.on('error', () => undefined);
  await once(socket, 'close');
  return heard;
}
