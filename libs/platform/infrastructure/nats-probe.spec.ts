import { once } from 'node:events';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { probeNats } from './nats-probe';

const TOO_SLOW = "-ERR 'Authentication Timeout'\r\n";
const LET_IN = 'PONG\r\n';
const REFUSED = "-ERR 'Authorization Violation'\r\n";

let server: Server;
let asked: number;

/** A server that gives the first who ask each one of `first`, and `last` to all others. */
async function answering(last: string, first: readonly string[] = []): Promise<string> {
  asked = 0;
  server = createServer((socket) => {
    const answer = first[asked] ?? last;
    asked += 1;
    socket.on('error', () => undefined);
    socket.write('INFO {"version":"2.10.0","auth_required":true}\r\n');
    socket.once('data', () => socket.end(answer));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `nats://operator:secret@127.0.0.1:${(server.address() as AddressInfo).port}`;
}

afterEach(async () => {
  server.close();
  await once(server, 'close');
});

it('tells the version of a server that lets us in', async () => {
  expect(await probeNats(await answering(LET_IN))).toBe('2.10.0');
  expect(asked).toBe(1);
});

it('asks again where it was paused for longer than the server waits for a log-in', async () => {
  expect(await probeNats(await answering(LET_IN, [TOO_SLOW, TOO_SLOW]))).toBe('2.10.0');
  expect(asked).toBe(3);
});

it('gives up where that happens again and again', async () => {
  const failing = probeNats(await answering(TOO_SLOW));
  await expect(failing).rejects.toMatchObject({ refusal: 'NatsUnreachable' });
  await expect(failing).rejects.toThrow(/Authentication Timeout/);
  expect(asked).toBe(5);
});

it('takes refused credentials for an answer', async () => {
  await expect(probeNats(await answering(REFUSED))).rejects.toThrow(/Authorization Violation/);
  expect(asked).toBe(1);
});
