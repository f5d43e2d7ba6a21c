import { encodeBtp, ilpEntry } from '#protocol';
import type { BtpPeer } from '#testing';
import { BesiegedConnector, STARTED_WITHIN_MS } from '../support/bad-input/besieged-connector';
import { hearsEnd, hearsPrepare } from '../support/bad-input/heard';
import { shown } from '../support/bad-input/observe';
import { aFulfill, aPrepare, aSecret, payment } from '../support/bad-input/requests';
import type { RawPeer } from '../support/raw-peer';
import { until } from '../support/running-connector';

const PER_SECOND = 50;
/** Many times what the bucket lets through meanwhile. */
const FLOOD = 2_000;
/** Far from the rate, in the time that it takes. */
const PAYMENTS = 10;
const WITHIN_MS = 90_000;
const TEST_MS = 240_000;
const RESPONSE = 'response';
const TURNED_AWAY = 'T00 UnreachableError';

let connector: BesiegedConnector;
let lastId = 10_000;

beforeAll(async () => {
  connector = await BesiegedConnector.start({ limits: { requestsPerPeerPerSecond: PER_SECOND } });
}, STARTED_WITHIN_MS);

afterAll(() => connector.stop());

describe('a peer that sends Prepares faster than its bucket fills (SPEC §5.8)', () => {
  let mallory: RawPeer;
  let rita: BtpPeer;
  let sam: BtpPeer;

  beforeEach(async () => {
    mallory = await connector.raw('mallory');
    [rita, sam] = await Promise.all([connector.dial('rita'), connector.dial('sam')]);
  });

  afterEach(() => Promise.all([mallory, rita, sam].map((peer) => peer.close())));

  it(
    'is told T00 for each one too many; what is on record is what it was answered',
    async () => {
      const before = await connector.eventsOf('mallory');
      const beganAt = Date.now();
      const ids = flood(mallory);
      await answered(mallory, ids);
      const tookMs = Date.now() - beganAt;
      const told = mallory.answers.map((answer) => shown(answer).replace(/^\d+ /, ''));
      const taken = told.filter((word) => word === RESPONSE).length - 1;
      expect(told.filter((word) => word === TURNED_AWAY)).toHaveLength(FLOOD - taken);
      expect(taken).toBeGreaterThan(0);
      expect(taken).toBeLessThanOrEqual(PER_SECOND * (2 + tookMs / 1_000));
      const added = (await connector.eventsOf('mallory')).slice(before.length);
      const count = (type: string): number => added.filter((other) => other === type).length;
      expect(added).toHaveLength(2 * taken);
      expect([count('TransferPrepared'), count('TransferRejected')]).toEqual([taken, taken]);
    },
    TEST_MS,
  );

  it(
    'keeps nobody else from paying',
    async () => {
      const ids = flood(mallory);
      for (let times = 0; times < PAYMENTS; times += 1) await pays(rita, sam);
      await answered(mallory, ids);
      await pays(rita, sam);
    },
    TEST_MS,
  );

  it(
    'gains nothing by a new session',
    async () => {
      const beganAt = Date.now();
      await answered(mallory, flood(mallory));
      const again = await connector.raw('mallory');
      expect(await mallory.closed).toBe(1000);
      await answered(again, flood(again));
      const responses = [mallory, again].flatMap(({ answers }) =>
        answers.filter(({ type }) => type === RESPONSE),
      );
      const seconds = (Date.now() - beganAt) / 1_000;
      // Of each session one is for its auth; the bucket was full at most, and filled meanwhile.
      expect(responses.length - 2).toBeLessThanOrEqual(PER_SECOND * (1 + seconds));
      await again.close();
    },
    TEST_MS,
  );

  it(
    'may still fulfill what we have asked of it: that is worth money',
    async () => {
      const { fulfillment, condition } = aSecret();
      const protocolData = [ilpEntry(payment('test.mallory.client.x'))];
      const prepare = aPrepare({ executionCondition: condition, protocolData });
      await rita.prepare(prepare);
      const ours = await mallory.hears('prepare');
      mallory.agree(ours);
      const ids = flood(mallory);
      const answer = await mallory.request({
        ...aFulfill(ours.transferId, fulfillment),
        requestId: ++lastId,
      });
      expect(answer.type).toBe('response');
      expect((await hearsEnd(rita, prepare)).type).toBe('fulfill');
      expect(await connector.eventsOf('mallory', ours.transferId)).toEqual([
        'TransferPrepared',
        'TransferFulfilled',
      ]);
      await answered(mallory, ids);
    },
    TEST_MS,
  );

  it(
    'is served again when it has calmed down',
    async () => {
      await answered(mallory, flood(mallory));
      const protocolData = [ilpEntry(payment('test.nobody.x'))];
      await until(WITHIN_MS, 'its bucket has filled', async () => {
        const prepare = aPrepare({ requestId: ++lastId, protocolData });
        return (await mallory.request(prepare)).type === 'response';
      });
    },
    TEST_MS,
  );
});

/** Prepares that are rejected at once, all of them in one go. @returns their request ids */
function flood(peer: RawPeer): number[] {
  const protocolData = [ilpEntry(payment('test.nobody.x'))];
  const ids = Array.from({ length: FLOOD }, () => ++lastId);
  for (const requestId of ids) peer.send(encodeBtp(aPrepare({ requestId, protocolData })));
  return ids;
}

/** Each of them, once. */
async function answered(peer: RawPeer, ids: readonly number[]): Promise<void> {
  const told = (): number[] => peer.answers.map(({ requestId }) => requestId);
  await until(WITHIN_MS, 'all are answered', () => {
    const all = new Set(told());
    return ids.every((id) => all.has(id));
  });
  expect(new Set(told()).size).toBe(told().length);
}

/** From the first Prepare to the Fulfill. */
async function pays(payer: BtpPeer, payee: BtpPeer): Promise<void> {
  const { fulfillment, condition } = aSecret();
  const protocolData = [ilpEntry(payment('test.sam.client.x'))];
  const prepare = aPrepare({ executionCondition: condition, protocolData });
  expect((await payer.prepare(prepare)).type).toBe('response');
  const { transferId } = await hearsPrepare(payee, prepare);
  await payee.fulfill({ transferId, fulfillment, protocolData: [] });
  expect((await hearsEnd(payer, prepare)).type).toBe('fulfill');
}
