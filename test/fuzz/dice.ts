/** A small seeded generator (xorshift32): the same seed gives the same bytes, broken in the same way. */
export class Dice {
  private state: number;

  constructor(seed: number) {
    // Spread out, for neighbouring seeds would begin alike; and never 0, which stays 0.
    this.state = Math.imul(seed, 0x9e3779b1) ^ 0x5bf03635 || 1;
  }

  /** An integer from 0 to `sides` - 1. */
  roll(sides: number): number {
    let next = this.state;
    next ^= next << 13;
    next ^= next >>> 17;
    next ^= next << 5;
    this.state = next;
    return (next >>> 0) % sides;
  }

  /** True once in so many times. */
  once(times: number): boolean {
    return this.roll(times) === 0;
  }

  pick<T>(choices: readonly T[]): T {
    return choices[this.roll(choices.length)]!;
  }

  bytes(size: number): Buffer {
    const bytes = Buffer.allocUnsafe(size);
    for (let index = 0; index < size; index += 1) bytes[index] = this.roll(256);
    return bytes;
  }
}
