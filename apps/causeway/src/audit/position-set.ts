/** Positions that one piece of the set covers; 8 KiB each. */
const PIECE_POSITIONS = 65_536;

/** Which positions of each partition have been seen, one bit each. */
export class PositionSet {
  private readonly pieces = new Map<string, Uint8Array>();
  private readonly partitions = new Map<number, { count: number; last: number }>();

  /** @returns false if the position was there already. */
  add(partition: number, position: number): boolean {
    const piece = this.pieceOf(partition, position);
    const at = position % PIECE_POSITIONS;
    const [index, bit] = [Math.trunc(at / 8), 1 << (at % 8)];
    const byte = piece[index] ?? 0;
    if ((byte & bit) !== 0) return false;
    piece[index] = byte | bit;
    const known = this.partitions.get(partition) ?? { count: 0, last: 0 };
    const last = Math.max(known.last, position);
    this.partitions.set(partition, { count: known.count + 1, last });
    return true;
  }

  /** The first position, from 1 to the last of its partition, that is missing. */
  gap(): { readonly partition: number; readonly position: number } | undefined {
    for (const [partition, { count, last }] of this.partitions) {
      if (count === last) continue;
      for (let position = 1; position <= last; position += 1) {
        if (!this.has(partition, position)) return { partition, position };
      }
    }
    return undefined;
  }

  private has(partition: number, position: number): boolean {
    const piece = this.pieces.get(keyOf(partition, position));
    const at = position % PIECE_POSITIONS;
    return ((piece?.[Math.trunc(at / 8)] ?? 0) & (1 << (at % 8))) !== 0;
  }

  private pieceOf(partition: number, position: number): Uint8Array {
    const key = keyOf(partition, position);
    const known = this.pieces.get(key);
    if (known !== undefined) return known;
    const piece = new Uint8Array(PIECE_POSITIONS / 8);
    this.pieces.set(key, piece);
    return piece;
  }
}

function keyOf(partition: number, position: number): string {
  return `${partition}/${Math.trunc(position / PIECE_POSITIONS)}`;
}
