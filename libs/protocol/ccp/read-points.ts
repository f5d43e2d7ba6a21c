import { decodeCurve, isCurve, POINT_SIZE } from '../ilp/curve-bytes';
import type { CurvePoint } from '../ilp/ilp-packet';
import { UnreadablePacketError } from '../oer/unreadable-packet-error';
import { wholeNumberOf } from './decimal-number';
import { JsonNumber, type JsonValue } from '../json';
import type { Found } from './read-members';
import type { Place } from './routing-update-error';
import type { SkipRule } from './routing-update';

/** A curve, nothing where the route has to be asked for a quote, or why the route is of no use. */
export type PointsReading = readonly CurvePoint[] | SkipRule | undefined;

const BASE64 = /^[A-Za-z0-9+/_-]*={0,2}$/;

/**
 * The `points` of a route: JSON pairs (v17), or the binary form as base64 of either alphabet (v21).
 * A coordinate beyond 64 bits makes them a placeholder for no curve at all (SPEC §3.5, D-3).
 * @throws RoutingUpdateError where the syntax is neither
 */
export function readPoints({ value, place }: Found, maxPoints: number): PointsReading {
  if (typeof value === 'string') return readBinary(value, place, maxPoints);
  if (!Array.isArray(value)) throw place.error('not-a-list');
  if (value.length === 0) throw place.error('too-few');
  value.forEach((point, index) => {
    requirePair(point, place, index);
  });
  return value.length > maxPoints ? 'too-many-points' : readPairs(value);
}

function requirePair(point: JsonValue, place: Place, index: number): void {
  if (!Array.isArray(point)) throw place.item(index).error('not-a-list');
  if (point.length !== 2) throw place.item(index).error('not-a-pair');
  for (const [side, coordinate] of point.entries()) {
    if (!(coordinate instanceof JsonNumber)) {
      throw place.item(index).item(side).error('not-a-number');
    }
    if (coordinate.value < 0) throw place.item(index).item(side).error('out-of-range');
  }
}

function readPairs(pairs: readonly JsonValue[]): PointsReading {
  const points: CurvePoint[] = [];
  for (const pair of pairs) {
    const [first, second] = Array.isArray(pair) ? pair : [];
    const x = first instanceof JsonNumber ? wholeNumberOf(first.text, 'up') : undefined;
    const y = second instanceof JsonNumber ? wholeNumberOf(second.text, 'down') : undefined;
    if (x === undefined || y === undefined) return undefined;
    points.push([x, y]);
  }
  return isCurve(points) ? points : 'not-a-curve';
}

/** Line breaks are part of the historic syntax, padding need not be. */
function readBinary(text: string, place: Place, maxPoints: number): PointsReading {
  const digits = text.replaceAll('\n', '');
  if (!BASE64.test(digits) || !isWhole(digits)) throw place.error('not-base64');
  const bytes = Buffer.from(digits, 'base64');
  if (bytes.length === 0) return 'no-points';
  if (bytes.length > maxPoints * POINT_SIZE) return 'too-many-points';
  try {
    return decodeCurve(bytes);
  } catch (error) {
    if (!(error instanceof UnreadablePacketError)) throw error;
    return error.rule === 'wrong-length' ? 'wrong-length' : 'not-a-curve';
  }
}

/** Padding completes the last four digits, or is not there at all; one digit alone is no byte. */
function isWhole(digits: string): boolean {
  const isPadded = digits.endsWith('=');
  return isPadded ? digits.length % 4 === 0 : digits.length % 4 !== 1;
}
