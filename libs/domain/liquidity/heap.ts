/** A binary heap: whatever is before all others comes out first. */
export class Heap<T> {
  private readonly items: T[] = [];

  constructor(private readonly isBefore: (a: T, b: T) => boolean) {}

  push(item: T): void {
    let index = this.items.length;
    this.items.push(item);
    while (index > 0) {
      const parent = (index - 1) >> 1;
      const above = this.items[parent];
      if (above === undefined || !this.isBefore(item, above)) break;
      this.items[index] = above;
      index = parent;
    }
    this.items[index] = item;
  }

  /** undefined = nothing left. */
  pop(): T | undefined {
    const top = this.items[0];
    const last = this.items.pop();
    if (last !== undefined && this.items.length > 0) this.sink(last);
    return top;
  }

  private sink(item: T): void {
    let index = 0;
    for (;;) {
      const child = this.firstChild(index);
      const below = this.items[child];
      if (below === undefined || !this.isBefore(below, item)) break;
      this.items[index] = below;
      index = child;
    }
    this.items[index] = item;
  }

  /** Whichever of the two children comes first. */
  private firstChild(index: number): number {
    const left = this.items[2 * index + 1];
    const right = this.items[2 * index + 2];
    const isRight = left !== undefined && right !== undefined && this.isBefore(right, left);
    return 2 * index + (isRight ? 2 : 1);
  }
}
