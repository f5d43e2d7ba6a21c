import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo, LookupFunction } from 'node:net';
import { createSecureContext } from 'node:tls';
import { publicLookup } from '#platform';
import { waitFor } from '../../../../test/support/gateway/alice';
import { weDial } from '../../../../test/support/gateway/gateway-under-test';
import { LIMITS, RecordedLog } from '../../../../test/support/gateway/session-kit';
import { GatewayMetrics } from '../gateway-metrics';
import { type RpcAnswer, RpcClient } from '../rpc/rpc-client';
import { PeerStates } from '../sessions/peer-states';
import { PeerDialler } from '../sockets/dialler';
import { TrustedAuthorities } from '../sockets/trusted-authorities';
import { TurnCork } from '../sockets/turn-cork';

const PRIVATE = 'localhost is not an address of the public internet';
let server: Server;
let port: number;
let reached: number;
const endings: (() => void)[] = [];

beforeEach(async () => {
  reached = 0;
  server = createServer((_, response) => response.end('true'));
  server.on('connection', () => (reached += 1));
  await once(server.listen(0, 'localhost'), 'listening');
  ({ port } = server.address() as AddressInfo);
});

afterEach(async () => {
  for (const end of endings.splice(0)) end();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

function call(lookup: LookupFunction | undefined): Promise<RpcAnswer | Error> {
  const client = new RpcClient({
    uri: `http://localhost:${port}/rpc`,
    prefix: 'peer.x.',
    token: 'a-token',
    connections: 1,
    answerBytes: 100,
    secureContext: createSecureContext(),
    lookup,
  });
  endings.push(() => {
    client.close();
  });
  return new Promise((resolve) => {
    client.post('get_limit', Buffer.from('[]'), resolve);
  });
}

function dial(lookup: LookupFunction | undefined): PeerStates {
  const log = new RecordedLog();
  const states = new PeerStates(Date.now);
  states.add('bob');
  const dialler = new PeerDialler(
    {
      limits: LIMITS,
      metrics: new GatewayMetrics(),
      log,
      clock: Date.now,
      cork: new TurnCork(),
      states,
      random: Math.random,
      authorities: new TrustedAuthorities(undefined, log),
      lookupOf: () => lookup,
      admit: () => {
        throw new Error('nobody answers');
      },
    },
    weDial('bob', `btp+ws://:a-token@localhost:${port}`),
  );
  endings.push(() => {
    dialler.stop();
  });
  dialler.start();
  return states;
}

describe('a name that leads into our own network', () => {
  it('is not called', async () => {
    const outcome = await call(publicLookup);
    expect(outcome).toMatchObject({ message: PRIVATE });
    expect(reached).toBe(0);
    expect(await call(undefined)).toMatchObject({ status: 200 });
  });

  it('is not dialled', async () => {
    const guarded = dial(publicLookup);
    await waitFor(() => guarded.list()[0]?.reason === PRIVATE);
    expect(reached).toBe(0);
    dial(undefined);
    await waitFor(() => reached > 0);
  });
});
