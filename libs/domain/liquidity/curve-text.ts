import { type CurvePoint, decodeCurve, fromBase64Url } from '#protocol';
import { Curve } from './curve';
import { BEYOND, readCoordinate } from './json-coordinate';
import { UnreadableCurveError } from './unreadable-curve-error';

/** Most points of a curve that is taken from others. */
export const MAX_RECEIVED_POINTS = 1_000;

/** Greatest coordinate that peers who compute with doubles hold exactly: 2^53 − 1. */
const MAX_JSON = BigInt(Number.MAX_SAFE_INTEGER);

const LINE_BREAKS = /\r?\n/g;

/** A curve in JSON, source and destination amount of each point. */
export type JsonPoints = [x: number, y: number][];

/**
 * Reads base64 of the binary form (SPEC §10.2): either alphabet, padded or not, line breaks allowed.
 * @throws UnreadableCurveError `too-many-points`; UnreadablePacketError `not-base64`,
 *   `wrong-length`, `not-a-curve`; InvalidCurveError `no-points`
 */
export function curveFromBase64(text: string, field = 'points'): Curve {
  const points = decodeCurve(fromBase64Url(text.replace(LINE_BREAKS, ''), field));
  requireFew(points, field);
  return Curve.of(points);
}

/** Standard alphabet, padded. */
export function curveToBase64(curve: Curve): string {
  return curve.encode().toString('base64');
}

/**
 * Reads `[[x, y], …]` (SPEC §10.2, D-3): numbers, or decimal texts, which are exact at any size.
 * Fractions are rounded, x up and y down. A coordinate that no amount can have makes it a
 * `placeholder`, as one historic peer sends it for routes without a curve.
 * @throws UnreadableCurveError; InvalidCurveError
 */
export function curveFromJson(value: unknown, field = 'points'): Curve | 'placeholder' {
  if (!Array.isArray(value)) throw new UnreadableCurveError(field, 'not-points');
  const items: readonly unknown[] = value;
  requireFew(items, field);
  const points = items.map((item, index) => readPoint(item, `${field}[${index}]`));
  return points.some((point) => point.includes(BEYOND)) ? 'placeholder' : Curve.of(points);
}

/**
 * Writes `[[x, y], …]` in integers that a double holds: a curve that goes further is cut, on or
 * below its line (SPEC §3.5). undefined = it begins beyond them, and cannot be told.
 */
export function curveToJson(curve: Curve): JsonPoints | undefined {
  if (curve.minSource > MAX_JSON) return undefined;
  const kept = curve.points.filter(([x, y]) => x <= MAX_JSON && y <= MAX_JSON);
  const end = kept.length < curve.points.length ? jsonEnd(curve) : undefined;
  if (end !== undefined && end[0] !== kept.at(-1)?.[0]) kept.push(end);
  return kept.map(([x, y]) => [Number(x), Number(y)]);
}

/** Where the curve leaves what a double holds. */
function jsonEnd(curve: Curve): CurvePoint {
  const y = curve.amountAt(MAX_JSON);
  if (y <= MAX_JSON) return [MAX_JSON, y];
  return [curve.minSourceFor(MAX_JSON) ?? MAX_JSON, MAX_JSON];
}

function readPoint(item: unknown, field: string): CurvePoint {
  const pair: readonly unknown[] = Array.isArray(item) ? item : [];
  if (pair.length !== 2) throw new UnreadableCurveError(field, 'not-points');
  const [x, y] = pair;
  return [readCoordinate(x, `${field}[0]`, 'up'), readCoordinate(y, `${field}[1]`, 'down')];
}

function requireFew(points: readonly unknown[], field: string): void {
  if (points.length > MAX_RECEIVED_POINTS) throw new UnreadableCurveError(field, 'too-many-points');
}
