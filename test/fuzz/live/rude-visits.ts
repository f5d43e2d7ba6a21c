import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { WebSocket } from 'ws';
import type { Dice } from '../dice';
import type { Tally } from '../tally';

export interface RudeVisitOptions {
  readonly url: string;
  readonly dice: Dice;
  readonly outcomes: Tally;
  readonly violate: (violation: string) => void;
}

const POLICY_VIOLATION = 1008;
const CLOSED_WITHIN_MS = 20_000;
const MOST_NOISE = 300;
/** Below the path of BTP/alpha, where the URL is to say who comes. */
const PATHS = [
  '/alpha',
  '/alpha/',
  '/alpha//',
  '/alpha//a-guess',
  '/alpha/name/a-guess',
  '/alpha/quiet-2/',
  '/alpha/a/b/c',
  '/alpha/%00/%00',
  '/alpha/%E0%A4%A/x',
  '/alpha/a/b?token=c',
  `/alpha//${'x'.repeat(8_000)}`,
];
const HANDSHAKE = [
  'GET / HTTP/1.1',
  'Host: gateway',
  'Connection: Upgrade',
  'Upgrade: websocket',
  'Sec-WebSocket-Version: 13',
  'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==',
  '',
  '',
].join('\r\n');
const OTHER_REQUESTS = [
  'GET / HTTP/1.1\r\nHost: gateway\r\n\r\n',
  'POST /alpha HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n',
  HANDSHAKE.replace('13', '99'),
  HANDSHAKE.slice(0, 60),
];

/** Connections that do not even get to a first frame of BTP: wrong paths, and no WebSocket at all. */
export class RudeVisits {
  constructor(private readonly options: RudeVisitOptions) {}

  visit(): Promise<void> {
    const { dice } = this.options;
    switch (dice.roll(3)) {
      case 0:
        return this.knockAtAlpha(dice.pick(PATHS));
      case 1:
        return this.speak('after the handshake', HANDSHAKE);
      default:
        return this.speak('instead of a handshake', dice.pick([...OTHER_REQUESTS, '']));
    }
  }

  private async knockAtAlpha(path: string): Promise<void> {
    const { url, outcomes, violate } = this.options;
    const socket = new WebSocket(`${url}${path}`, { perMessageDeflate: false });
    socket.on('error', () => undefined);
    const code = await closing(socket);
    outcomes.add(`wrong credentials in the path: closed with ${code}`);
    if (code !== POLICY_VIOLATION)
      violate(`a stranger at ${path.slice(0, 30)}: closed with ${code}`);
  }

  private async speak(when: string, opening: string): Promise<void> {
    const { url, dice, outcomes, violate } = this.options;
    const { hostname, port } = new URL(url);
    const socket: Socket = connect(Number(port), hostname);
    socket.on('error', () => undefined);
    socket.resume();
    socket.write(opening);
    socket.write(dice.bytes(1 + dice.roll(MOST_NOISE)));
    const how = await closing(socket);
    outcomes.add(`noise ${when}: ${how === 'never' ? 'not closed' : 'closed'}`);
    if (how === 'never') violate(`noise ${when} was not closed`);
    socket.destroy();
  }
}

/** The code of a WebSocket, whether an error of a plain one, or that it did not happen. */
async function closing(socket: WebSocket | Socket): Promise<number | boolean | 'never'> {
  const signal = AbortSignal.timeout(CLOSED_WITHIN_MS);
  try {
    const [how] = (await once(socket, 'close', { signal })) as [number | boolean];
    return how;
  } catch {
    return 'never';
  }
}
