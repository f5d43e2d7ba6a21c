import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { type PeerStandingAt, subjectsOf } from '#contracts';
import { BusConnection, ControlClient, gatherPeerStates } from '#messaging';
import { type BtpPrepare, encodeIlp, ilpEntry } from '#protocol';
import { disagreements, lost, surprises } from '../../apps/causeway/src/demo/reckoning';
import { onCommandLine } from '../support/command-line';
import { RawPeer } from '../support/raw-peer';
import { RunningConnector, until } from '../support/running-connector';

const MOVED_WITHIN_MS = 30_000;
const ASKED_WITHIN_MS = 1_000;
const CLOSED_NORMALLY = 1000;

const rawPeer = (id: string): object => ({
  id,
  socket: 'server',
  token: `token-of-${id}`,
  authority: 'admin',
  ledger: {
    prefix: `test.${id}.`,
    currencyCode: 'USD',
    currencyScale: 9,
    maxBalance: '1000000',
    minBalance: '-1000000',
  },
});

/** What moves in mid-payment needs time on a busy machine. */
const PATIENT = { connector: { maxHoldTimeMs: 60_000 } };

const runFile = z.object({ natsUrl: z.string() });

describe('a connector with two gateways behind one port', () => {
  let running: RunningConnector;
  let bus: BusConnection;
  let url: string;

  beforeAll(async () => {
    running = await RunningConnector.start(
      PATIENT,
      [rawPeer('carol'), rawPeer('dave')],
      'gateway=2',
    );
    url = running.network.connector.ready.btp;
    const file = readFileSync(join(running.dataDir, 'run', 'connector.json'), 'utf8');
    const { natsUrl } = runFile.parse(JSON.parse(file));
    bus = await BusConnection.connect({ url: natsUrl, name: 'spec' });
  });

  afterAll(async () => {
    await bus.drain();
    await running.stop();
  });

  const standings = (): Promise<readonly PeerStandingAt[]> =>
    gatherPeerStates(new ControlClient(bus), subjectsOf(SCOPE), ASKED_WITHIN_MS);

  /** The gateway that holds the session of a peer. */
  const gatewayOf = async (peerId: string): Promise<string | undefined> => {
    const standing = (await standings()).find((each) => each.peerId === peerId);
    return standing?.state === 'open' ? standing.gatewayId : undefined;
  };

  const gateways = (): readonly number[] =>
    running.processes().flatMap(({ service, pid }) => (service === 'btp-gateway' ? [pid] : []));

  const attached = (id: string): Promise<RawPeer> => RawPeer.authenticated(url, `token-of-${id}`);

  /** Attaches the peer again until it is another gateway that holds its session. */
  const attachedElsewhere = async (id: string, former: string): Promise<RawPeer> => {
    for (;;) {
      const peer = await attached(id);
      if ((await gatewayOf(id)) !== former) return peer;
      await peer.close();
    }
  };

  it('pays as one with a single one does', async () => {
    expect(gateways()).toHaveLength(2);
    const made = await running.pay({ there: 60, back: 20, window: 8 });
    expect(surprises(made)).toEqual([]);
    expect(disagreements(await running.reckonings())).toEqual([]);
  });

  it('gives a peer that moves in mid-payment its Fulfill where it is, and ends its old session', async () => {
    const carol = await attached('carol');
    const dave = await attached('dave');
    await until(MOVED_WITHIN_MS, 'carol has a session', async () => {
      return (await gatewayOf('carol')) !== undefined;
    });
    const former = (await gatewayOf('carol')) ?? '';
    const preimage = randomBytes(32);
    const prepare = payment(preimage, 'test.dave.client');
    expect(await carol.request(prepare)).toMatchObject({ type: 'response' });
    await until(MOVED_WITHIN_MS, 'dave is offered the transfer', () => dave.requests.length > 0);
    const offered = dave.requests[0];
    if (offered?.type !== 'prepare') throw new Error('no Prepare');

    const again = await attachedElsewhere('carol', former);
    expect(await carol.closed).toBe(CLOSED_NORMALLY);
    const fulfill = { fulfillment: preimage, protocolData: [], requestId: dave.nextId() };
    expect(
      await dave.request({ ...fulfill, type: 'fulfill', transferId: offered.transferId }),
    ).toMatchObject({ type: 'response' });
    await until(MOVED_WITHIN_MS, 'carol gets her Fulfill', () =>
      again.requests.some(
        (request) => request.type === 'fulfill' && request.transferId === prepare.transferId,
      ),
    );
    await Promise.all([again.close(), dave.close()]);
  });

  it('is restarted one after the other under load, and loses no payment that was prepared', async () => {
    const before = gateways();
    const dialledFrom = await gatewayOf('bob');
    const paying = running.pay({ there: 300, back: 80, window: 64, delayMs: 50 });
    const said = await onCommandLine('restart', 'gateway', '--data', running.dataDir);
    expect(said).toMatchObject({ code: 0 });
    expect(said.stdout.match(/btp-gateway-\d: ready again/g)).toHaveLength(2);
    const made = await paying;
    expect(lost(made)).toEqual([]);
    expect(disagreements(await running.reckonings())).toEqual([]);
    expect(gateways().filter((pid) => before.includes(pid))).toEqual([]);
    await until(MOVED_WITHIN_MS, 'bob is dialled by one of the new ones', async () => {
      const dialler = await gatewayOf('bob');
      return dialler !== undefined && dialler !== dialledFrom;
    });
  });

  it.each([0, 1])('goes on with the other one when gateway %i is killed', async (index) => {
    const victim = gateways()[index];
    if (victim === undefined) throw new Error('no such gateway');
    const paying = running.pay({ there: 100, back: 30, window: 12, delayMs: 50 });
    process.kill(victim, 'SIGKILL');
    const made = await paying;
    expect(lost(made)).toEqual([]);
    expect(disagreements(await running.reckonings())).toEqual([]);
    await until(MOVED_WITHIN_MS, 'both are there again', () => gateways().length === 2);
  });

  it('leaves a log that holds, and pays as before', async () => {
    const made = await running.pay({ there: 30, back: 10, window: 8 });
    expect(surprises(made)).toEqual([]);
    expect(await running.replay()).toMatchObject({ matches: true, chain: 'ok' });
    const audit = await onCommandLine('audit', 'verify', '--data', running.dataDir);
    expect(audit).toMatchObject({ code: 0 });
  });
});

const SCOPE = 'test-causeway';

function payment(preimage: Buffer, account: string): BtpPrepare {
  return {
    type: 'prepare',
    requestId: 77,
    transferId: randomUUID(),
    amount: 1_000n,
    executionCondition: createHash('sha256').update(preimage).digest(),
    expiresAtMs: Date.now() + 50_000,
    protocolData: [
      ilpEntry(encodeIlp({ type: 'payment', amount: 900n, account, data: Buffer.alloc(0) })),
    ],
  };
}
