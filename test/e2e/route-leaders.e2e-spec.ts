import { setTimeout as sleep } from 'node:timers/promises';
import type { RunningProcess } from '../../apps/causeway/src/supervisor/run-files';
import { ConnectorUnderTest } from '../support/connector-under-test';
import { dialsUs, tokenOf } from '../support/dialling-peers';
import { until } from '../support/running-connector';
import { type Told, ToldPeer } from '../support/told-peer';

const STARTED_WITHIN_MS = 240_000;
const WITHIN_MS = 60_000;
const TIMEOUT_MS = 240_000;
/** Much longer than whoever is busy pauses, and than it takes to be elected. */
const INTERVAL_MS = 6_000;
/** An update that was on its way for long makes the next one seem early. */
const EARLY_MS = 3_500;
/** Long before a peer gives our routes up for lost. */
const SILENT_MS = 8 * INTERVAL_MS;
const PEERS = ['alice', 'bob', 'carol'] as const;

jest.setTimeout(TIMEOUT_MS);

const LEADS = /"instance":"(router-\d+)-[0-9a-f]{8}".*"msg":"this process broadcasts routes"/;

describe('of two routers the one that broadcasts is killed', () => {
  let connector: ConnectorUnderTest;
  let peers: Record<(typeof PEERS)[number], ToldPeer>;

  beforeAll(async () => {
    const timing = { routeBroadcastIntervalMs: INTERVAL_MS, routeExpiryMs: 10 * INTERVAL_MS };
    connector = await ConnectorUnderTest.start(
      {
        connector: { address: 'test.causeway', ...timing },
        peers: PEERS.map((id) => dialsUs(id)),
      },
      'router=2',
    );
    const dial = (id: string): Promise<ToldPeer> =>
      ToldPeer.dial(`test.${id}.`, { url: connector.url, token: tokenOf(id) });
    const [alice, bob, carol] = await Promise.all([dial('alice'), dial('bob'), dial('carol')]);
    peers = { alice, bob, carol };
  }, STARTED_WITHIN_MS);

  afterAll(async () => {
    for (const peer of Object.values(peers)) peer.drop();
    await connector.stop();
  });

  const routers = (): RunningProcess[] =>
    connector.processes().filter(({ service }) => service === 'router');

  /** The processes that were elected, as they were: `router-1`, oldest first. */
  const elections = (): string[] =>
    connector.log.split('\n').flatMap((line) => LEADS.exec(line)?.[1] ?? []);

  const leader = (): RunningProcess => {
    const name = elections().at(-1);
    const found = routers().find(({ instance }) => `router-${instance}` === name);
    if (found === undefined) throw new Error(`no process of ${name ?? 'any leader'}`);
    return found;
  };

  /** When there is nothing to say, and nothing on its way to anybody, nor about to be. */
  const quiet = (): Promise<void> =>
    until(WITHIN_MS, 'all were told', () =>
      Object.values(peers).every(({ told }) => {
        const latest = told.at(-1);
        if (latest === undefined || latest.routes.length + latest.gone.length > 0) return false;
        const agoMs = Date.now() - latest.atMs;
        return agoMs > 0.05 * INTERVAL_MS && agoMs < 0.9 * INTERVAL_MS;
      }),
    );

  const counts = (): number[] => PEERS.map((id) => peers[id].told.length);
  const since = (before: readonly number[]): Told[][] =>
    PEERS.map((id, index) => peers[id].told.slice(before[index]));

  const pauses = (told: readonly Told[]): number[] =>
    told.slice(1).map(({ atMs }, index) => atMs - (told[index]?.atMs ?? 0));

  function killLeader(): RunningProcess {
    const killed = leader();
    process.kill(killed.pid, 'SIGKILL');
    return killed;
  }

  const isBack = ({ instance, pid }: RunningProcess): boolean =>
    routers().some((each) => each.instance === instance && each.pid !== pid && each.isReady);

  it('everybody is told everything', async () => {
    await until(WITHIN_MS, 'everybody knows the others', () =>
      PEERS.every((id) => peers[id].known.length === PEERS.length - 1),
    );
    await peers.carol.tell(['test.far.', 'test.near.']);
    await until(WITHIN_MS, 'the others know what carol told', () =>
      [peers.alice, peers.bob].every(({ known }) => known.length === PEERS.length + 1),
    );
  });

  it.each([
    ['what went meanwhile is withdrawn', [], ['test.far.']],
    ['what came meanwhile is told', ['test.new.'], []],
  ])(
    '%s, nothing else is repeated, and nobody is told too often',
    async (_, routes, gone) => {
      await quiet();
      const before = counts();
      const elected = elections().length;
      const killed = killLeader();
      await peers.carol.tell(routes, gone);
      await until(WITHIN_MS, 'the others know', () =>
        [peers.alice, peers.bob].every(
          ({ known }) =>
            routes.every((each) => known.includes(each)) &&
            !gone.some((each) => known.includes(each)),
        ),
      );
      await until(WITHIN_MS, 'the killed one is back', () => isBack(killed));
      await sleep(3 * INTERVAL_MS);
      expect(elections()).toHaveLength(elected + 1);
      const [alice = [], bob = [], carol = []] = since(before);
      for (const told of [alice, bob]) {
        expect(told.flatMap((each) => each.routes)).toEqual(routes);
        expect(told.flatMap((each) => each.gone)).toEqual(gone);
      }
      expect(carol.flatMap((each) => [...each.routes, ...each.gone])).toEqual([]);
      for (const id of PEERS) {
        const between = pauses(peers[id].told);
        expect(Math.min(...between)).toBeGreaterThan(INTERVAL_MS - EARLY_MS);
        expect(Math.max(...between)).toBeLessThan(SILENT_MS);
      }
    },
    TIMEOUT_MS,
  );
});
