import { once } from 'node:events';
import type { RequestListener } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { createSecureContext, type SecureContext } from 'node:tls';
import { Authority } from '../../../../test/support/certificates';
import { type RpcAnswer, RpcClient } from './rpc-client';

const authority = new Authority('operator');
const trusting = createSecureContext({ ca: authority.cert });
let server: Server;
let client: RpcClient;

afterEach(async () => {
  client.close();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

async function called(
  secureContext: SecureContext,
  answer: RequestListener,
  scheme = 'https',
): Promise<RpcAnswer | Error> {
  server = createServer(authority.issue('dora'), answer);
  server.on('tlsClientError', () => undefined);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  client = new RpcClient({
    uri: `${scheme}://127.0.0.1:${port}/rpc`,
    prefix: 'peer.x.',
    token: 'a-token',
    connections: 1,
    answerBytes: 100,
    secureContext,
  });
  return new Promise((resolve) => {
    client.post('get_limit', Buffer.from('[]'), resolve);
  });
}

describe('a call by https', () => {
  it('is answered by a peer for whom an authority of the operator’s vouches', async () => {
    const outcome = await called(trusting, (request, response) => response.end(request.url));
    const body = Buffer.from('/rpc?method=get_limit&prefix=peer.x.');
    expect(outcome).toEqual({ status: 200, body });
  });

  it('is one in whatever case the scheme is written', async () => {
    const outcome = await called(trusting, (_, response) => response.end('true'), 'HTTPS');
    expect(outcome).toMatchObject({ status: 200 });
  });

  it('tells the token to nobody for whom none does', async () => {
    const heard: unknown[] = [];
    const outcome = await called(createSecureContext(), (request, response) => {
      heard.push(request.headers.authorization);
      response.end('true');
    });
    expect(outcome).toMatchObject({ code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' });
    expect(heard).toEqual([]);
  });

  it('reads no more of an answer than there may be', async () => {
    const outcome = await called(trusting, (_request, response) => response.end('x'.repeat(101)));
    expect(outcome).toMatchObject({ message: 'the answer is too-long' });
  });

  it('takes the token nowhere else than to where it belongs', async () => {
    const outcome = await called(trusting, (_request, response) => {
      response.writeHead(307, { location: '/elsewhere' }).end();
    });
    expect(outcome).toMatchObject({ status: 307 });
  });
});
