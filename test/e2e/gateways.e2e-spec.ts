import { randomBytes, randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { conditionOf, encodeIlp, ilpEntry } from '#protocol';
import { BtpPeer } from '#testing';
import { lost, surprises } from '../../apps/causeway/src/demo/reckoning';
import type { RunningProcess } from '../../apps/causeway/src/supervisor/run-files';
import { onCommandLine } from '../support/command-line';
import { dialsUs, tokenOf } from '../support/dialling-peers';
import { gatewayOf, openedSessions } from '../support/opened-sessions';
import { RunningConnector, until } from '../support/running-connector';

const RESTARTED_WITHIN_MS = 60_000;
/** Longer than any transfer of a payment here may stay prepared. */
const DECIDED_WITHIN_MS = 30_000;
/** Enough for a peer that moves while a payment to it is under way. */
const EXPIRES_IN_MS = 40_000;
/** What moves in mid-payment needs time on a busy machine. */
const PATIENT = { connector: { maxHoldTimeMs: 60_000 } };
const AMOUNT = 1_000n;
const FEE = 10n;

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
  const holderOf = (peer: string): string => gatewayOf(logFile(), peer) ?? '';
  const processOf = (gateway: string): RunningProcess => {
    const found = gateways().find(({ instance }) => gateway === `btp-gateway-${instance}`);
    if (found === undefined) throw new Error(`no process of ${gateway}`);
    return found;
  };
  const allReady = (): boolean => gateways().filter(({ isReady }) => isReady).length === 2;

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
      const made = await running.pay({ there: 150, back: 40, window: 64, delayMs: 200 });
      expect(lost(made)).toEqual([]);
    } while (!(await Promise.race([done, sleep(0, false)])));
    await work;
  }

  async function allIsWell(): Promise<void> {
    expect(await running.unexplained()).toEqual([]);
    await until(DECIDED_WITHIN_MS, 'no transfer is open', nothingIsOpen);
    expect(surprises(await running.pay({ there: 20, back: 9, window: 8 }))).toEqual([]);
    expect(await running.unexplained()).toEqual([]);
    const audit = await onCommandLine('audit', 'verify', '--data', running.dataDir);
    expect(audit).toMatchObject({ code: 0 });
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

  it('has its peers on the other gateway when one is killed', async () => {
    const victim = holderOf('alice');
    const { pid } = processOf(victim);
    const paying = payDuring(
      until(RESTARTED_WITHIN_MS, 'alice is elsewhere', () => holderOf('alice') !== victim),
    );
    await sleep(300);
    process.kill(pid, 'SIGKILL');
    await paying;
    await until(RESTARTED_WITHIN_MS, 'both gateways are ready', allReady);
    expect(processOf(victim).pid).not.toBe(pid);
    await allIsWell();
  });

  it('dials a peer from the other gateway while the one that held it is restarted', async () => {
    const before = holderOf('bob');
    const { pid } = processOf(before);
    const sessions = running.network.bob.connections;
    const paying = payDuring(
      until(RESTARTED_WITHIN_MS, 'bob is held elsewhere, and both gateways are ready', () => {
        const isGone = !gateways().some((each) => each.pid === pid);
        return holderOf('bob') !== before && isGone && allReady();
      }),
    );
    process.kill(pid, 'SIGTERM');
    await paying;
    expect(running.network.bob.connections).toBe(sessions + 1);
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
      const transferId = randomUUID();
      const answer = await here.prepare({
        transferId,
        amount: AMOUNT + FEE,
        executionCondition: conditionOf(fulfillment),
        expiresAtMs: Date.now() + EXPIRES_IN_MS,
        protocolData: [paymentTo('test.dave.client.x')],
      });
      expect(answer.type).toBe('response');
      const prepared = await dave.next('prepare', EXPIRES_IN_MS);
      await leave(here);
      const there = await attachElsewhere('carol', holderOf('carol'));
      if (here.isConnected) expect(await here.ended()).toMatchObject({ code: 1000 });
      const fulfill = { transferId: prepared.transferId, fulfillment, protocolData: [] };
      expect((await dave.fulfill(fulfill)).type).toBe('response');
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
        return gateways().some((each) => each.instance === Number(gateway.at(-1)) && !each.isReady);
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

function paymentTo(account: string) {
  return ilpEntry(encodeIlp({ type: 'payment', amount: AMOUNT, account, data: Buffer.alloc(0) }));
}
