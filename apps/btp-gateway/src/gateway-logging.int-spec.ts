import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { digestOfToken } from '#platform';
import { authMessage, btpError, decodeBtp, encodeBtp, octetEntry, textEntry } from '#protocol';
import { administrator, BtpPeer, type Script } from '#testing';
import { WebSocketServer } from 'ws';
import { RawPeer } from '../../../test/support/raw-peer';
import { fulfillOf, newTransfer, waitFor, withAlice } from '../../../test/support/gateway/alice';
import {
  dialsUs,
  GatewayUnderTest,
  weDial,
} from '../../../test/support/gateway/gateway-under-test';

const LOUD = `\u001b[31m\n{"level":"fatal"}${'A'.repeat(60_000)}`;
/** A line holds the peer's words once or twice, and little else. */
const LONGEST_LINE = 700;
const MARKER = 'marker-in-the-data';

let test: GatewayUnderTest;

afterEach(() => test.stop());

function linesAboveDebug(): string[] {
  const lines = test.log.lines.filter(({ level }) => level !== 'debug');
  return lines.map(({ fields, message }) => JSON.stringify([fields, message]));
}

function expectModestLines(): void {
  const lines = linesAboveDebug();
  expect(lines).not.toEqual([]);
  for (const line of lines) {
    expect(line.length).toBeLessThan(LONGEST_LINE);
    expect(line).not.toMatch(/\\u00[01][0-9a-f]|\\n/);
  }
}

describe('what a peer says', () => {
  const loud = { prefix: 'test.bob.', currencyCode: LOUD, currencyScale: 9, connectors: [] };

  it.each<[string, Script]>([
    ['in an Error to our info', () => ({ error: 'NotAcceptedError', message: LOUD })],
    ['as the currency of its ledger', administrator({ info: loud })],
  ])('%s stays short and harmless in the log and in its state', async (_, script) => {
    const bob = await BtpPeer.listen({ token: 'bob-secret', scripts: [script] });
    test = await GatewayUnderTest.start([weDial('bob', bob.uri)]);
    test.keep(bob);
    await waitFor(() => test.log.messages('warn').length > 0);
    await waitFor(() => ['failed', 'offline'].includes(test.standing('bob')?.state ?? ''));
    expect(test.standing('bob')?.reason).toMatch(/^.{10,200}$/u);
    expectModestLines();
  });

  it('in the refusal of a fulfillment stays short and harmless in the log', async () => {
    const alice = await withAlice();
    test = alice.test;
    alice.peer.script(() => ({ error: 'TransferNotFoundError', message: LOUD }));
    test.inside.deliver('alice', fulfillOf(newTransfer()));
    await test.inside.hears('fulfill-refused');
    expectModestLines();
  });

  it('as data of a sub-protocol, or as the name of one, is in no line at all', async () => {
    const alice = await withAlice();
    test = alice.test;
    const answer = await alice.peer.message(octetEntry('marker-in-a-name', Buffer.from(MARKER)));
    expect(answer.type).toBe('error');
    const again = await alice.peer.message(textEntry('info', MARKER), textEntry('more', MARKER));
    expect(again.type).toBe('response');
    alice.peer.sendRaw(Buffer.concat([Buffer.from([9]), Buffer.from(MARKER)]));
    await waitFor(() => test.gateway.metrics.malformed.unreadable > 0);
    expect(JSON.stringify(test.log.lines)).not.toContain('marker');
  });
});

describe('a token', () => {
  const RIGHT = 'right-and-private';
  const WRONG = 'wrong-and-private';

  it('is in no line, on any level, whether it was right or wrong, heard or presented', async () => {
    const bob = await BtpPeer.listen({ token: RIGHT });
    const carl = await BtpPeer.listen({ token: RIGHT });
    const wrongUri = carl.uri.replace(RIGHT, WRONG);
    const peers = [dialsUs('alice', { tokenDigest: digestOfToken(RIGHT) })];
    test = await GatewayUnderTest.start(
      [...peers, weDial('bob', bob.uri), weDial('carl', wrongUri)],
      { requestTimeoutMs: 300 },
    );
    test.keep(bob);
    test.keep(carl);
    const alice = await RawPeer.authenticated(test.url, RIGHT);
    await alice.request(authMessage(8, '', WRONG));
    const stranger = await RawPeer.connect(test.url);
    await stranger.request(authMessage(8, '', WRONG));
    await waitFor(() => test.standing('carl')?.state === 'failed');
    await waitFor(() => bob.requests.length > 0);
    await alice.close();
    await test.becomes('alice', 'offline');
    expect(test.log.lines.length).toBeGreaterThan(2);
    const told = JSON.stringify([test.log.lines, test.gateway.states.list()]);
    expect(told).not.toContain('private');
  });

  it('is in no line either where the peer that refuses it repeats it', async () => {
    const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
    await once(server, 'listening');
    server.on('connection', (socket) => {
      socket.on('message', (frame: Buffer) => {
        const { requestId } = decodeBtp(frame);
        const message = `I know no ${WRONG}, and it is ${WRONG} that you show`;
        const refusal = { requestId, name: 'NotAcceptedError', message } as const;
        socket.send(encodeBtp(btpError({ ...refusal, triggeredAtMs: 0 })));
      });
    });
    const { port } = server.address() as AddressInfo;
    test = await GatewayUnderTest.start([weDial('carl', `btp+ws://:${WRONG}@127.0.0.1:${port}`)]);
    const { reason } = await test.becomes('carl', 'failed');
    expect(reason).toContain('it is *** that you show');
    expect(JSON.stringify([test.log.lines, reason])).not.toContain('private');
    server.close();
  });
});
