import { isDeepStrictEqual } from 'node:util';
import {
  combineCurves,
  Curve,
  InvalidCurveError,
  joinCurves,
  simplifyCurve,
} from '../../libs/domain/liquidity';
import type { CurvePoint } from '../../libs/protocol';
import { Dice } from '../fuzz/dice';
import { HistoricCurve } from './historic-curve';
import {
  type CombineReason,
  explainCombine,
  explainDecoding,
  explainJoin,
  explainShiftX,
  explainShiftY,
  type ShiftYReason,
} from './liquidity-explanations';
import { RandomCurves } from './random-curves';
import { explainSimplify, type SimplifyReason } from './simplify-explanations';

/**
 * Our liquidity curves against those of ilp-routing 10.1.0, 100,000 random curves in all. Whatever
 * differs must be what a decision of the specification makes of it; the explanations prove that
 * case by case, and each of them must occur.
 */
const SEED = 20170911;
const CURVES = { lookUps: 20_000, chains: 10_000, parallels: 10_000, simplify: 20_000 };
const SHIFTED = 10_000;
const ENCODED = 10_000;
const TIMEOUT_MS = 300_000;

const EQUAL = 'equal';

/** How often what came out. */
class Tally<T extends string> {
  private readonly counts = new Map<T | typeof EQUAL, number>();

  add(...reasons: (T | typeof EQUAL)[]): void {
    for (const reason of reasons) this.counts.set(reason, (this.counts.get(reason) ?? 0) + 1);
  }

  /** Each came up as often as that at least, so that it is no accident. */
  require(least: Record<T | typeof EQUAL, number>): void {
    const counts = Object.fromEntries(this.counts);
    const rare = Object.entries(least).filter(([reason, times]) => !(counts[reason]! >= times));
    expect(rare).toEqual([]);
  }
}

const fail = (what: string, details: object): never => {
  const text = JSON.stringify(details, (_key, value: unknown) =>
    typeof value === 'bigint' ? value.toString() : value,
  );
  throw new Error(`${what}: ${text}`);
};

jest.setTimeout(TIMEOUT_MS);

describe('curves against the historic ones', () => {
  let dice: Dice;
  let random: RandomCurves;

  beforeEach(() => {
    dice = new Dice(SEED);
    random = new RandomCurves(dice);
  });

  it('bring and need the same amounts', () => {
    for (let left = CURVES.lookUps; left > 0; left -= 1) {
      const curve = random.curve();
      const history = HistoricCurve.of(curve.points);
      const [x, y] = [random.amount(curve, 0), random.amount(curve, 1)];
      if (curve.amountAt(x) !== history.amountAt(x)) fail('amountAt', { curve, x });
      if (curve.amountReverse(y) !== history.amountReverse(y)) fail('amountReverse', { curve, y });
    }
  });

  it('are joined to the same curve, but for what D-23 rounds up', () => {
    const tally = new Tally<'D-23' | 'disjoint'>();
    for (let left = CURVES.chains; left > 0; left -= 1) {
      const [head, tail] = random.chain();
      const ours = joinCurves(head, tail)?.points ?? [];
      const history = HistoricCurve.of(head.points).join(HistoricCurve.of(tail.points));
      if (ours.length === 0) tally.add('disjoint');
      if (isDeepStrictEqual(ours, history)) {
        tally.add(EQUAL);
        continue;
      }
      const reason = explainJoin(head, tail, { ours, history });
      tally.add(reason ?? fail('join', { head, tail, ours, history }));
    }
    tally.require({ equal: 2_000, 'D-23': 2_000, disjoint: 500 });
  });

  it('are combined to the same curve, but for jumps (D-24) and crossings rounded onto points', () => {
    const tally = new Tally<CombineReason>();
    for (let left = CURVES.parallels; left > 0; left -= 1) {
      const [a, b] = random.parallels();
      const ours = combineCurves(a, b).points;
      const history = HistoricCurve.of(a.points).combine(HistoricCurve.of(b.points));
      if (isDeepStrictEqual(ours, history)) {
        tally.add(EQUAL);
        continue;
      }
      if (history === 'throws') throw new Error('history has no combination');
      const reasons = explainCombine(a, b, { ours, history });
      tally.add(...(reasons ?? fail('combine', { a, b, ours, history })));
    }
    tally.require({
      equal: 2_000,
      'D-24': 500,
      'crossing rounded onto a point': 500,
      'nineteen decimals': 1,
    });
  });

  it('are simplified to the same curve, but for points on a line and equal areas', () => {
    const tally = new Tally<SimplifyReason>();
    for (let left = CURVES.simplify; left > 0; left -= 1) {
      const curve = random.curve(14);
      const most = 2 + dice.roll(9);
      const ours = simplifyCurve(curve, most).points;
      const history = HistoricCurve.of(curve.points).simplify(most);
      if (isDeepStrictEqual(ours, history)) {
        tally.add(EQUAL);
        continue;
      }
      const reasons = explainSimplify(curve.points, most, ours);
      tally.add(...(reasons ?? fail('simplify', { curve, most, ours, history })));
    }
    tally.require({ equal: 2_000, 'points on a line': 500, 'equal areas': 50 });
  });

  it('are shifted to the same curve, but for points that come to lie on an axis', () => {
    const tally = new Tally<ShiftYReason>();
    for (let left = SHIFTED; left > 0; left -= 1) {
      const curve = random.curve();
      const history = HistoricCurve.of(curve.points);
      const [dx, dy] = [random.amount(curve, 0), random.amount(curve, 1)].map(
        (d) => d * (dice.once(3) ? 1n : -1n),
      );
      if (dx === undefined || dy === undefined) throw new Error('no shift was drawn');
      const right = { ours: curve.shiftX(dx).points, history: history.shiftX(dx) };
      const up = { ours: shiftedUp(curve, dy), history: history.shiftY(dy) };
      const whyRight = isDeepStrictEqual(right.ours, right.history)
        ? EQUAL
        : explainShiftX(curve, dx, right);
      const isSame = up.ours !== 'throws' && isDeepStrictEqual(up.ours, up.history);
      const whyUp = isSame ? EQUAL : explainShiftY(curve, dy, up);
      tally.add(whyRight ?? fail('shiftX', { curve, dx, ...right }));
      tally.add(whyUp ?? fail('shiftY', { curve, dy, ...up }));
    }
    tally.require({ equal: 2_000, 'shifted onto the axis': 500, 'nothing left': 500 });
  });

  it('are written in the same bytes, and read alike, but for D-22', () => {
    const tally = new Tally<'D-22'>();
    for (let left = ENCODED; left > 0; left -= 1) {
      const curve = random.curve();
      const bytes = curve.encode();
      if (!bytes.equals(HistoricCurve.of(curve.points).encode())) fail('encode', { curve });
      if (!isDeepStrictEqual(HistoricCurve.decode(bytes), curve.points)) fail('decode', { curve });
      tally.add(readInBigEndian(curve) ?? fail('big-endian', { curve }));
    }
    tally.require({ equal: 2_000, 'D-22': 2_000 });
  });
});

function shiftedUp(curve: Curve, d: bigint): readonly CurvePoint[] | 'throws' {
  try {
    return curve.shiftY(d).points;
  } catch (error) {
    if (error instanceof InvalidCurveError) return 'throws';
    throw error;
  }
}

/** What both make of a curve as one historic peer wrote it; undefined if that is unexplained. */
function readInBigEndian(curve: Curve): 'D-22' | typeof EQUAL | undefined {
  const bytes = Buffer.alloc(curve.points.length * 16);
  curve.points.flat().forEach((value, index) => bytes.writeBigUInt64BE(value, index * 8));
  const ours = Curve.decode(bytes).points;
  const history = HistoricCurve.decode(bytes);
  return isDeepStrictEqual(ours, history) ? EQUAL : explainDecoding(bytes, { ours, history });
}
