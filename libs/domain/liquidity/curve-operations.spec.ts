import vectors from '../../../test/vectors/vectors.json';
import { combineCurves } from './combine-curves';
import { curveOf } from '../../../test/support/curve-arbitraries';
import { joinCurves } from './join-curve';
import { simplifyCurve } from './simplify-curve';

type Points = readonly (readonly (string | number)[])[];

const pointsOf = (points: Points): bigint[][] => points.map((point) => point.map(BigInt));

const vectorsOf = (op: string) => vectors.curve_ops.filter((vector) => vector.op === op);

describe('the historic operations', () => {
  test.each(vectorsOf('join'))('$id', ({ a, b, out_safe }) => {
    const joined = joinCurves(curveOf(a), curveOf(b ?? []));
    expect(joined?.points ?? []).toEqual(pointsOf(out_safe ?? []));
  });

  test.each(vectorsOf('combine'))('$id', ({ a, b, out }) => {
    // An empty curve is no Curve: where there is but one way, there is nothing to combine.
    const ways = [a, b ?? []].filter((points) => points.length > 0).map(curveOf);
    expect(ways.reduce(combineCurves).points).toEqual(pointsOf(out));
  });

  test.each(vectorsOf('simplify'))('$id', ({ a, arg, out }) => {
    expect(simplifyCurve(curveOf(a), Number(arg)).points).toEqual(pointsOf(out));
  });

  test.each(vectorsOf('shiftX'))('$id', ({ a, arg, out }) => {
    expect(curveOf(a).shiftX(BigInt(arg ?? '')).points).toEqual(pointsOf(out));
  });

  test.each(vectorsOf('shiftY'))('$id', ({ a, arg, out }) => {
    expect(curveOf(a).shiftY(BigInt(arg ?? '')).points).toEqual(pointsOf(out));
  });

  test('are all tried', () => {
    const known = ['join', 'combine', 'simplify', 'shiftX', 'shiftY'];
    expect(vectors.curve_ops.every(({ op }) => known.includes(op))).toBe(true);
  });
});
