import { Curve, joinCurves } from '#domain/liquidity';
import {
  decodeIlp,
  encodeIlp,
  ilpEntry,
  type IlpPacket,
  type IlqpRequest,
  protocolEntry,
} from '#protocol';
import { PayingPeer } from '../support/paying-peer';
import { eventually } from './eventually';
import { HistoricCurve } from './historic-curve';
import { LIMIT, LineOfConnectors, RITA, SAM, SHARED } from './line-of-connectors';

/** A connector brings its own database and bus. */
const STARTED_WITHIN_MS = 240_000;
const HOLD_MS = 5_000;
const WINDOW_MS = 1_000;
const BROADCAST_EVERY_MS = 1_000;
/** Round ones, ones that nothing divides, and the least. */
const AMOUNTS = [1_000_000_000n, 1_000_000n, 123_456_789n, 7_777n, 100n];

let line: LineOfConnectors;
let sam: PayingPeer;
let rita: PayingPeer;

/** Both tell their routes without curves, so that each has to ask the other one what a payment beyond it takes. */
beforeAll(async () => {
  line = await LineOfConnectors.start({
    broadcastEveryMs: BROADCAST_EVERY_MS,
    broadcastCurves: false,
  });
  sam = await dial('sam');
  rita = await dial('rita');
}, STARTED_WITHIN_MS);

afterAll(() => line.stop());

async function dial(name: 'sam' | 'rita'): Promise<PayingPeer> {
  const peer = await PayingPeer.dial(line.doorOf(name));
  line.joins({ stop: () => peer.close() });
  return peer;
}

async function ask(peer: PayingPeer, request: IlqpRequest): Promise<IlpPacket> {
  const answer = await peer.btp.message(ilpEntry(encodeIlp(request)));
  const data = answer.type === 'response' ? answer.protocolData : [];
  const entry = protocolEntry(data, 'ilp');
  if (entry === undefined) throw new Error(`no ILP packet: ${JSON.stringify(answer)}`);
  return decodeIlp(entry.data);
}

const to = (destinationAccount: string) => ({
  destinationAccount,
  destinationHoldDurationMs: HOLD_MS,
});

async function liquidity(peer: PayingPeer, account: string) {
  const answer = await ask(peer, { type: 'liquidity-request', ...to(account) });
  if (answer.type !== 'liquidity-response') throw new Error(`no quote: ${JSON.stringify(answer)}`);
  return answer;
}

type Points = Parameters<typeof HistoricCurve.of>[0];

function curveOf(points: ReturnType<HistoricCurve['shiftX']>): HistoricCurve {
  if (points === 'throws') throw new Error('that is no curve');
  return HistoricCurve.of(points);
}

/** As the connector that is asked joins its own pair, which it tells with the shift, to the curve that it is told. */
function joined(shiftedHead: Points, tail: Points): HistoricCurve {
  const head = curveOf(HistoricCurve.of(shiftedHead).shiftX(-1n));
  return curveOf(head.join(HistoricCurve.of(tail)));
}

/** What we say of our own pair: 2 parts in 1000, and the shift (SPEC §10.7). */
const OUR_CURVE: Points = [
  [1n, 0n],
  [LIMIT + 1n, (LIMIT * 998n) / 1_000n],
];

describe('an ilp-connector@21.1.10 that asks us', () => {
  it('has learned that we lead to sam, and nothing of what that takes', async () => {
    await eventually(async () => {
      const { points } = await liquidity(rita, `${SAM}client`);
      expect(points.length).toBeGreaterThan(0);
    });
    const { quotes } = await line.historic.requests();
    expect(Object.keys(quotes)).toContain('quote');
  }, 60_000);

  it('quotes its clients by our quotes, of every kind, as it joins curves', async () => {
    const own = await liquidity(rita, `${SHARED}server`);
    const expected = joined(own.points, OUR_CURVE);
    const shifted = expected.shiftX(1n);
    const holds = { sourceHoldDurationMs: HOLD_MS + 2 * WINDOW_MS };
    expect(await liquidity(rita, `${SAM}client`)).toMatchObject({ points: shifted, ...holds });
    for (const amount of AMOUNTS) {
      const bySource = { type: 'by-source-request', sourceAmount: amount } as const;
      expect(await ask(rita, { ...bySource, ...to(`${SAM}client`) })).toEqual({
        type: 'by-source-response',
        destinationAmount: expected.amountAt(amount),
        ...holds,
      });
      const byDestination = { type: 'by-destination-request', destinationAmount: amount } as const;
      expect(await ask(rita, { ...byDestination, ...to(`${SAM}client`) })).toEqual({
        type: 'by-destination-response',
        sourceAmount: curveOf(shifted).amountReverse(amount),
        ...holds,
      });
    }
  });

  it('asks us once for all of that', async () => {
    const { quotes } = await line.historic.requests();
    expect(Object.keys(quotes)).toEqual(['quote']);
    // Once more if our answer has expired meanwhile.
    expect(quotes.quote).toBeLessThanOrEqual(2);
  });

  it.each(AMOUNTS)('has its client get %s units through for what it quotes', async (amount) => {
    const request = { type: 'by-destination-request', destinationAmount: amount } as const;
    const quoted = await ask(rita, { ...request, ...to(`${SAM}client`) });
    if (quoted.type !== 'by-destination-response') throw new Error('no quote');
    const payment = { to: `${SAM}client`, amount: quoted.sourceAmount, delivers: amount };
    expect(await rita.pay(payment)).toBe('fulfilled');
  });
});

describe('an ilp-connector@21.1.10 that we ask', () => {
  /** What it tells us of its own pair, and we look up after ours, exactly (SPEC §10.4). */
  let tail: Curve;
  const ours: Points = [
    [0n, 0n],
    [LIMIT, (LIMIT * 998n) / 1_000n],
  ];
  const holds = { sourceHoldDurationMs: HOLD_MS + 2 * WINDOW_MS };

  it('is asked when somebody asks us, as we have learned a way without a price from it', async () => {
    await eventually(async () => {
      await liquidity(sam, `${RITA}client`);
    });
    const { points } = await liquidity(rita, `${SHARED}client`);
    const [start, end] = points;
    expect([start, points.length]).toEqual([[1n, 0n], 2]);
    // The same spread either way, on ledgers of the same limits.
    const [x = 0n, y = 0n] = end ?? [];
    tail = Curve.of([
      [1n, 0n],
      [x, y],
    ]);
  }, 60_000);

  it.each(AMOUNTS)('is quoted on for %s units from the source', async (amount) => {
    const request = { type: 'by-source-request', sourceAmount: amount } as const;
    const head = Curve.of(ours);
    expect(await ask(sam, { ...request, ...to(`${RITA}client`) })).toEqual({
      type: 'by-source-response',
      destinationAmount: tail.amountAt(head.amountAt(amount)),
      ...holds,
    });
  });

  it.each(AMOUNTS)('is quoted on for %s units at the destination', async (amount) => {
    const request = { type: 'by-destination-request', destinationAmount: amount } as const;
    const quoted = await ask(sam, { ...request, ...to(`${RITA}client`) });
    const sourceAmount = Curve.of(OUR_CURVE).amountReverse(tail.minSourceFor(amount) ?? 0n);
    expect(quoted).toEqual({ type: 'by-destination-response', sourceAmount, ...holds });
    const payment = { to: `${RITA}client`, amount: sourceAmount ?? 0n, delivers: amount };
    expect(await sam.pay(payment)).toBe('fulfilled');
  });

  it('and liquidity, joined to our own', async () => {
    const { points, appliesToPrefix, sourceHoldDurationMs } = await liquidity(sam, `${RITA}client`);
    expect({ appliesToPrefix, sourceHoldDurationMs }).toEqual({ appliesToPrefix: RITA, ...holds });
    const joinedToOurs = joinCurves(Curve.of(OUR_CURVE), tail);
    expect(points[0]).toEqual(joinedToOurs?.points[0]);
    // What was paid has moved the ends, at which alone points are rounded.
    for (const amount of AMOUNTS) {
      const apart = Curve.of(points).amountAt(amount) - (joinedToOurs?.amountAt(amount) ?? -9n);
      expect([-1n, 0n, 1n]).toContain(apart);
    }
  });
});
