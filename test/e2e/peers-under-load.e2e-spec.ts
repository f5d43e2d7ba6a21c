import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { surprises } from '../../apps/causeway/src/demo/reckoning';
import { onCommandLine } from '../support/command-line';
import { type CloudEvent, ConsoleApi } from '../support/console-api';
import { PayingPeer } from '../support/paying-peer';
import { RunningConnector, until } from '../support/running-connector';
import { streamedEvents } from '../support/streamed-events';

const STARTED_WITHIN_MS = 240_000;
const ROUND_WITHIN_MS = 300_000;
const WITHIN_MS = 60_000;
const ROUNDS = [1, 2, 3];
const OLGA = 'operator (olga)';
const USD = { currencyCode: 'USD', currencyScale: 9 };
/** More than a busy machine takes for a payment, and less than money is held. */
const EXPIRES_IN_MS = 30_000;
const PACE = { delayMs: 100, expiresInMs: 20_000, ignoredForMs: 8_000 };
const TO_DAVE = { to: 'test.dave.client.x', amount: 1000n, delivers: 900n };
const LIMITS = { maxBalance: '1000000', minBalance: '-1000000' };

jest.setTimeout(ROUND_WITHIN_MS);

const added = z.object({ outcome: z.literal('added'), token: z.string().optional() });
const rotated = z.object({ outcome: z.literal('rotated'), token: z.string() });
const removed = z.object({ outcome: z.literal('removed'), ledger: z.string() });
/** Names the balance that it wants to be acknowledged. */
const refused = z.object({ error: z.object({ balance: z.string() }) });
const done = z.object({ outcome: z.literal('done'), event: z.string() });
const listed = z.object({
  peers: z.array(
    z.object({ peer: z.string(), session: z.object({ state: z.string() }).nullable() }),
  ),
});

/** Pays between two peers that were always there until it is told to stop. */
class SteadyStream {
  /** Whatever did not end as its receiver wanted it. */
  readonly surprises: string[] = [];
  payments = 0;
  private isStopped = false;
  private readonly ended: Promise<void>;

  constructor(private readonly running: RunningConnector) {
    this.ended = this.flow();
  }

  async stop(): Promise<void> {
    this.isStopped = true;
    await this.ended;
  }

  private async flow(): Promise<void> {
    while (!this.isStopped) {
      const made = await this.running.pay({ there: 40, back: 10, window: 12, ...PACE });
      this.payments += made.there.length + made.back.length;
      this.surprises.push(...surprises(made));
    }
  }
}

/** What an event says of whom, and who wanted it. */
const gist = ({ type, data }: CloudEvent): unknown[] => {
  const { peer, peerId, by } = data;
  const id = typeof peer === 'object' && peer !== null && 'id' in peer ? peer.id : peerId;
  return [type.replace(/^causeway\.|\.v1$/g, ''), ...(id === undefined ? [] : [id]), by];
};

describe('while others pay each other without a break, a peer', () => {
  let running: RunningConnector;
  let api: ConsoleApi;
  let stream: SteadyStream;
  /** We dial it, and keep its ledger when it goes. */
  let dave: PayingPeer;
  const startedAt = Date.now();

  beforeAll(async () => {
    running = await RunningConnector.start({
      connector: { address: 'test.causeway', spread: 0.002, maxHoldTimeMs: 60_000 },
    });
    api = new ConsoleApi(running.dataDir, 'olga');
    dave = await PayingPeer.listen('a-token-of-dave-in-a-test');
    stream = new SteadyStream(running);
  }, STARTED_WITHIN_MS);

  afterAll(async () => {
    await stream.stop();
    await dave.close();
    await running.stop();
  }, ROUND_WITHIN_MS);

  const stateOf = async (peer: string): Promise<string | undefined> => {
    const { peers } = listed.parse((await api.get('/api/peers')).body);
    const found = peers.find((each) => each.peer === peer);
    return found === undefined ? undefined : (found.session?.state ?? 'unknown');
  };
  const becomes = (peer: string, state: string | undefined): Promise<void> =>
    until(WITHIN_MS, `${peer} is ${state ?? 'gone'}`, async () => (await stateOf(peer)) === state);
  const order = (ledger: string, what: string): Promise<unknown> =>
    api.order(`/api/ledgers/${ledger}/${what}`, { reason: 'a test' }, done);
  const document = (id: string, more: object): object => ({
    peer: { id, authority: 'admin', ...more, ledger: { prefix: `test.${id}.`, ...USD, ...LIMITS } },
  });
  const dial = (token: string): Promise<PayingPeer> =>
    PayingPeer.dial({ url: running.network.connector.ready.btp, token });
  const paysDave = (peer: PayingPeer): Promise<string> =>
    peer.pay({ ...TO_DAVE, expiresInMs: EXPIRES_IN_MS });

  it.each(ROUNDS)(
    'is added, paused, resumed, given another token, drained and removed: round %i',
    async (round) => {
      const id = `carol${round}`;
      const uri = dave.btp.uri;
      await api.order('/api/peers', document('dave', { socket: 'client', uri }), added);
      if (round > 1) await order('dave', 'resume');
      const { token = '' } = await api.order(
        '/api/peers',
        document(id, { socket: 'server' }),
        added,
      );
      // Gateways hear of a peer by and by.
      let carol = await eventually(() => dial(token));
      await becomes(id, 'open');
      await becomes('dave', 'open');
      await until(WITHIN_MS, 'it pays', async () => (await paysDave(carol)) === 'fulfilled');

      await order(id, 'pause');
      expect(await paysDave(carol)).toBe('UnreachableError');
      await order(id, 'resume');
      await until(WITHIN_MS, 'it pays on', async () => (await paysDave(carol)) === 'fulfilled');

      const another = await api.order(`/api/peers/${id}/token`, {}, rotated);
      await until(WITHIN_MS, 'the old token is worth nothing', () =>
        dial(token).then(
          (peer) => peer.close().then(() => false),
          () => true,
        ),
      );
      carol = await eventually(() => dial(another.token));
      await until(WITHIN_MS, 'it pays again', async () => (await paysDave(carol)) === 'fulfilled');

      await order(id, 'drain');
      expect(await paysDave(carol)).toBe('UnreachableError');
      const early = await api.post(`/api/peers/${id}/removal`, { reason: 'a test' });
      expect(early.status).toBe(409);
      const farewell = { reason: 'a test', balance: refused.parse(early.body).error.balance };
      expect(await api.order(`/api/peers/${id}/removal`, farewell, removed)).toEqual({
        outcome: 'removed',
        ledger: 'closed',
      });
      await carol.btp.ended();
      await becomes(id, undefined);
      await expect(dial(another.token)).rejects.toThrow();

      const keeping = { reason: 'a test', keepLedger: true };
      expect(await api.order('/api/peers/dave/removal', keeping, removed)).toEqual({
        outcome: 'removed',
        ledger: 'kept',
      });
      await becomes('dave', undefined);
    },
    ROUND_WITHIN_MS,
  );

  it(
    'disturbs nobody: not one payment of the others ended otherwise than it should',
    async () => {
      await until(WITHIN_MS, 'they have paid each other', () => stream.payments > 100);
      await stream.stop();
      expect(stream.surprises).toEqual([]);
      expect(await running.unexplained()).toEqual([]);
    },
    ROUND_WITHIN_MS,
  );

  it(
    'is on record each time, with who and when, in the feed and on the stream',
    async () => {
      const expected = ROUNDS.flatMap((round) => [
        ['PeerAdded', 'dave', OLGA],
        ['PeerAdded', `carol${round}`, OLGA],
        ['PeerTokenRotated', `carol${round}`, OLGA],
        ['PeerRemoved', `carol${round}`, OLGA],
        ['PeerRemoved', 'dave', OLGA],
      ]);
      const own = await api.events('_connector');
      expect(own.map(gist)).toEqual(expected);
      for (const { time } of own) {
        expect(Date.parse(time)).toBeGreaterThan(startedAt);
        expect(Date.parse(time)).toBeLessThanOrEqual(Date.now());
      }
      for (const round of ROUNDS) {
        const ledger = await api.events(`carol${round}`);
        const orders = ledger.filter(({ type }) => type.startsWith('causeway.Ledger')).slice(1);
        expect(orders.map(gist)).toEqual([
          ['LedgerPaused', OLGA],
          ['LedgerResumed', OLGA],
          ['LedgerDraining', OLGA],
          ['LedgerClosed', OLGA],
        ]);
      }
      for (const ledger of ['_connector', 'carol1', 'dave']) {
        const feed = await api.events(ledger);
        const subject = `causeway.events.test-causeway.${ledger}.*`;
        let streamed: CloudEvent[] = [];
        await until(WITHIN_MS, `the stream has all of ${ledger}`, async () => {
          streamed = await streamedEvents(running.dataDir, subject);
          return streamed.length >= feed.length;
        });
        expect(streamed).toEqual(feed);
      }
    },
    ROUND_WITHIN_MS,
  );

  it('leaves a log that an audit and a replay find whole', async () => {
    const { code, out } = await onCommandLine('audit', 'verify', '--data', running.dataDir);
    expect({ code, findings: code === 0 ? '' : out }).toEqual({ code: 0, findings: '' });
    expect(await running.replay()).toMatchObject({ matches: true, chain: 'ok' });
  });
});

/** Does it again until it succeeds. */
async function eventually<T>(attempt: () => Promise<T>): Promise<T> {
  const untilMs = Date.now() + WITHIN_MS;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (Date.now() > untilMs) throw error;
      await sleep(100);
    }
  }
}
