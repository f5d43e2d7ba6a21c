import { UnreadablePacketError } from '../oer/unreadable-packet-error';
import { UnwritableFieldError } from '../oer/unwritable-field-error';
import type { CurvePoint } from './ilp-packet';

/** Bytes of one point: x and y of eight bytes each. */
export const POINT_SIZE = 16;

const MAX_UINT64 = 0xffff_ffff_ffff_ffffn;
const LOW_WORD = 0xffff_ffffn;

/**
 * Reads the binary form of a liquidity curve (SPEC §10.2): every coordinate is two 32-bit words,
 * high word first, each word little-endian. Where that is no curve but plain big-endian is, the
 * latter is taken (D-22). No bytes are the empty curve.
 * @throws UnreadablePacketError `wrong-length` or `not-a-curve`
 */
export function decodeCurve(bytes: Buffer): CurvePoint[] {
  if (bytes.length % POINT_SIZE !== 0) throw new UnreadablePacketError('points', 'wrong-length');
  const mixed = readPoints(bytes, mixedEndian);
  if (isCurve(mixed)) return mixed;
  const big = readPoints(bytes, bigEndian);
  if (isCurve(big)) return big;
  throw new UnreadablePacketError('points', 'not-a-curve');
}

/**
 * Writes the binary form of a curve, always with mixed words.
 * @throws UnwritableFieldError `out-of-range` beyond 64 bits, `not-a-curve` unless x strictly
 *   increases and y never decreases
 */
export function encodeCurve(points: readonly CurvePoint[]): Buffer {
  if (!isCurve(points)) throw new UnwritableFieldError('points', 'not-a-curve');
  const bytes = Buffer.allocUnsafe(points.length * POINT_SIZE);
  points.forEach(([x, y], index) => {
    writeMixed(bytes, index * POINT_SIZE, x);
    writeMixed(bytes, index * POINT_SIZE + 8, y);
  });
  return bytes;
}

function readPoints(
  bytes: Buffer,
  coordinate: (bytes: Buffer, offset: number) => bigint,
): CurvePoint[] {
  const points: CurvePoint[] = [];
  for (let offset = 0; offset < bytes.length; offset += POINT_SIZE) {
    points.push([coordinate(bytes, offset), coordinate(bytes, offset + 8)]);
  }
  return points;
}

function mixedEndian(bytes: Buffer, offset: number): bigint {
  return (BigInt(bytes.readUInt32LE(offset)) << 32n) | BigInt(bytes.readUInt32LE(offset + 4));
}

function bigEndian(bytes: Buffer, offset: number): bigint {
  return bytes.readBigUInt64BE(offset);
}

function writeMixed(bytes: Buffer, offset: number, value: bigint): void {
  if (value < 0n || value > MAX_UINT64) throw new UnwritableFieldError('points', 'out-of-range');
  bytes.writeUInt32LE(Number(value >> 32n), offset);
  bytes.writeUInt32LE(Number(value & LOW_WORD), offset + 4);
}

/** x strictly increases, y never decreases (SPEC §10.1). No points are a curve here. */
export function isCurve(points: readonly CurvePoint[]): boolean {
  return points.every(([x, y], index) => {
    const previous = points[index - 1];
    return previous === undefined || (x > previous[0] && y >= previous[1]);
  });
}
