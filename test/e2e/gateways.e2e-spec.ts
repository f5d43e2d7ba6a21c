import { randomBytes, randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { type BtpPrepare, conditionOf, encodeIlp, ilpEntry } from '#protocol';
import { BtpPeer } from '#testing';
import { routable } from '../../apps/causeway/src/demo/demo-network';
import { lost, surprises } from '../../apps/causeway/src/demo/reckoning';
import type { RunningProcess } from '../../apps/causeway/src/supervisor/run-files';
import { auditFindings } from '../support/audited-log';
import { onCommandLine } from '../support/command-line';
import { dialsUs, tokenOf } from '../support/dialling-peers';
import { latestSession, openedSessions } from '../support/opened-sessions';
import { QUICK_RECONNECT, RunningConnector, until } from '../support/running-connector';

const RESTARTED_WITHIN_MS = 60_000;
/** Longer than any transfer of a payment here may stay prepared. */
const DECIDED_WITHIN_MS = 30_000;
/** Enough for a peer that moves while a payment to it is under way. */
const EXPIRES_IN_MS = 40_000;
/** Whoever is asked may have to be started first. */
const ANSWERED_WITHIN_MS = 30_000;
/** Longer than a payment that is lost is waited for, so that the test says which one it is. */
const TEST_WITHIN_MS = 240_000;
/** What moves in mid-payment, or says who it is, needs time on a busy machine. */
const PATIENT = {
  connector: { maxHoldTimeMs: 60_000 },
  limits: { ...QUICK_RECONNECT, authWaitMs: 20_000 },
};
const AMOUNT = 1_000n;
const FEE = 10n;
/** A peer may be dialled anew after a stall; one that two gateways took from each other would come far more often. */
const DIALLED_AT_MOST = 3;

jest.setTimeout(TEST_WITHIN_MS);

interface Moving {
  readonly transferId: string;
  readonly fulfillment: Buffer;
  /** Closes the socket over which the Prepare went, or keeps it. */
  readonly leave: (before: BtpPeer) => Promise<void> | void;
}

describe('a connector with two gateways behind one port', () => {
  let running: RunningConnector;
  const peers: BtpPeer[] = [];

  beforeAll(async () => {
    const more = [dialsUs('carol'), dialsUs('dave')];
    running = await RunningConnector.start(PATIENT, more, 'gateway=2');
  });

  afterAll(async () => {
    for (const peer of peers) peer.drop();
    await running.stop();
  });

  const gateways = (): RunningProcess[] =>
    running.processes().filter(({ service }) => service === 'btp-gateway');
  const logFile = (): string => running.network.connector.options.logFile;
  const sessionOf = (peer: string): { gateway: string; process: string } => {
    const latest = latestSession(logFile(), peer);
    if (latest === undefined) throw new Error(`${peer} never had a session`);
    return latest;
  };
  const holderOf = (peer: string): string => sessionOf(peer).gateway;
  const processOf = (gateway: string): RunningProcess => {
    const found = gateways().find(({ instance }) => gateway === `btp-gateway-${instance}`);
    if (found === undefined) throw new Error(`no process of ${gateway}`);
    return found;
  };
  const allReady = (): boolean => gateways().filter(({ isReady }) => isReady).length === 2;
  const isGone = (pid: number): boolean => !gateways().some((each) => each.pid === pid);

  const attach = async (id: string): Promise<BtpPeer> => {
    const { btp: url } = running.network.connector.ready;
    const before = openedSessions(logFile()).length;
    const peer = await BtpPeer.dial({ url, token: tokenOf(id) });
    peers.push(peer);
    await until(DECIDED_WITHIN_MS, `the session of ${id} is open`, () =>
      openedSessions(logFile())
        .slice(before)
        .some((session) => session.peer === id),
    );
    return peer;
  };
  /** Attaches until it has come to another gateway than that: others connect at the same time. */
  const attachElsewhere = async (id: string, than: string): Promise<BtpPeer> => {
    for (;;) {
      const peer = await attach(id);
      if (holderOf(id) !== than) return peer;
    }
  };

  const nothingIsOpen = async (): Promise<boolean> => {
    const [row] = await running.query(
      "select count(*)::int as open from transfers where status in ('proposed', 'prepared')",
    );
    return row?.open === 0;
  };

  /** Load for as long as something goes on. */
  async function payDuring(work: Promise<unknown>): Promise<void> {
    const done = work.then(() => true);
    do {
      const load = { there: 150, back: 40, window: 64, delayMs: 200 };
      const made = await running.pay({ ...load, expiresInMs: EXPIRES_IN_MS });
      expect(lost(made)).toEqual([]);
    } while (!(await Promise.race([done, sleep(0, false)])));
    await work;
  }

  /** Peers come back, and routers hear of it, in their own time. */
  async function canPayAgain(): Promise<void> {
    const { alice, bob } = running.network;
    await Promise.all([
      routable(alice, 'test.bob.server.probe'),
      routable(bob, 'test.alice.client.probe'),
    ]);
  }

  async function allIsWell(): Promise<void> {
    expect(await running.unexplained()).toEqual([]);
    await until(DECIDED_WITHIN_MS, 'no transfer is open', nothingIsOpen);
    await canPayAgain();
    const round = { there: 20, back: 9, window: 8, expiresInMs: EXPIRES_IN_MS };
    expect(surprises(await running.pay(round))).toEqual([]);
    expect(await running.unexplained()).toEqual([]);
    expect(await auditFindings(running.dataDir)).toEqual([]);
  }

  it('spreads its peers over both, and pays as one with a single gateway does', async () => {
    expect(allReady()).toBe(true);
    const carol = await attach('carol');
    const first = holderOf('carol');
    await carol.close();
    await attachElsewhere('carol', first);
    await allIsWell();
  });

  it('loses no payment that was prepared when both are restarted in turn under load', async () => {
    const before = gateways().map(({ pid }) => pid);
    const restarting = onCommandLine('restart', 'gateway', '--data', running.dataDir);
    await payDuring(restarting);
    const { code, out } = await restarting;
    expect(out.match(/btp-gateway-\d: ready again/g)).toHaveLength(2);
    expect(code).toBe(0);
    const after = gateways();
    expect(after).toHaveLength(2);
    expect(after.filter(({ pid }) => before.includes(pid))).toEqual([]);
    await allIsWell();
  });

  it('has its peers on another gateway when one is killed', async () => {
    const victim = sessionOf('alice');
    const { pid } = processOf(victim.gateway);
    const paying = payDuring(
      until(RESTARTED_WITHIN_MS, 'alice is elsewhere', () => {
        return sessionOf('alice').process !== victim.process;
      }),
    );
    await sleep(300);
    process.kill(pid, 'SIGKILL');
    await paying;
    await until(RESTARTED_WITHIN_MS, 'both gateways are ready, one of them anew', () => {
      return isGone(pid) && allReady();
    });
    await allIsWell();
  });

  it('dials a peer from the other gateway while the one that held it is restarted', async () => {
    const before = sessionOf('bob');
    const { pid } = processOf(before.gateway);
    const sessions = running.network.bob.connections;
    const more = (): number => running.network.bob.connections - sessions;
    const paying = payDuring(
      until(RESTARTED_WITHIN_MS, 'bob is held elsewhere, and both gateways are ready', () => {
        const isElsewhere = sessionOf('bob').process !== before.process;
        return isElsewhere && isGone(pid) && allReady() && more() > 0;
      }),
    );
    process.kill(pid, 'SIGTERM');
    await paying;
    expect(more()).toBeLessThanOrEqual(DIALLED_AT_MOST);
    await allIsWell();
  });

  describe('a peer that moves from one to the other in mid-payment', () => {
    const moves: [string, Moving['leave']][] = [
      [
        'after its socket broke',
        (before) => {
          before.drop();
        },
      ],
      ['while its old socket stays', () => undefined],
      ['after it closed its socket', (before) => before.close()],
    ];

    it.each(moves)('%s is told of the fulfillment where it is now', async (_, leave) => {
      const dave = await attach('dave');
      const here = await attach('carol');
      const fulfillment = randomBytes(32);
      const [transferId, prepared] = await prepareThrough(here, dave, fulfillment);
      await leave(here);
      const there = await attachElsewhere('carol', holderOf('carol'));
      if (here.isConnected) expect(await here.ended()).toMatchObject({ code: 1000 });
      const fulfill = { transferId: prepared.transferId, fulfillment, protocolData: [] };
      const requestId = dave.takeRequestId();
      const answer = await dave.ask({ type: 'fulfill', requestId, ...fulfill }, ANSWERED_WITHIN_MS);
      expect(answer.type).toBe('response');
      expect(await there.next('fulfill', EXPIRES_IN_MS)).toMatchObject({ transferId, fulfillment });
      expect(here.requests.filter(({ type }) => type === 'fulfill')).toEqual([]);
      await until(DECIDED_WITHIN_MS, 'it is on record as fulfilled', async () => {
        const rows = await running.query(
          'select status from transfers where transfer_id = $1 and ledger_id = $2',
          [transferId, 'carol'],
        );
        return rows[0]?.status === 'fulfilled';
      });
    });
  });

  it('takes connections on its port again and again, whichever gateway is away', async () => {
    for (const gateway of ['btp-gateway-1', 'btp-gateway-2']) {
      const { pid } = processOf(gateway);
      process.kill(pid, 'SIGTERM');
      await until(RESTARTED_WITHIN_MS, `${gateway} is restarted`, () => {
        const isAway = gateways().some((each) => each.pid === pid && !each.isReady);
        return isAway || isGone(pid);
      });
      await (await attach('carol')).close();
      await until(RESTARTED_WITHIN_MS, `${gateway} is ready`, allReady);
    }
  });

  it('is proved to the last event', async () => {
    await allIsWell();
    expect(await running.replay()).toMatchObject({ matches: true, chain: 'ok' });
  });
});

/**
 * Prepares until it comes through, as a router hears of the payee's session in its own time and says T01 until then.
 * @returns the payer's transfer, and what the payee got of it
 */
async function prepareThrough(
  payer: BtpPeer,
  payee: BtpPeer,
  fulfillment: Buffer,
): Promise<[transferId: string, prepared: BtpPrepare]> {
  const executionCondition = conditionOf(fulfillment);
  for (;;) {
    const transferId = randomUUID();
    const isRejected = (): boolean =>
      payer.requests.some((one) => one.type === 'reject' && one.transferId === transferId);
    const prepared = (): BtpPrepare | undefined =>
      payee.requests
        .filter((one) => one.type === 'prepare')
        .find((one) => one.executionCondition.equals(executionCondition));
    const prepare = {
      transferId,
      amount: AMOUNT + FEE,
      executionCondition,
      expiresAtMs: Date.now() + EXPIRES_IN_MS,
      protocolData: [paymentTo('test.dave.client.x')],
    };
    const requestId = payer.takeRequestId();
    const answer = await payer.ask({ type: 'prepare', requestId, ...prepare }, ANSWERED_WITHIN_MS);
    expect(answer.type).toBe('response');
    await until(EXPIRES_IN_MS, 'it comes through, or is rejected', () => {
      return isRejected() || prepared() !== undefined;
    });
    const through = prepared();
    if (through !== undefined) return [transferId, through];
  }
}

function paymentTo(account: string) {
  return ilpEntry(encodeIlp({ type: 'payment', amount: AMOUNT, account, data: Buffer.alloc(0) }));
}
