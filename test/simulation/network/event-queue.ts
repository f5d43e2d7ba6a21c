interface Event {
  readonly atMs: number;
  /** Of events at the same time the first one planned comes first. */
  readonly order: number;
  readonly run: () => void;
}

/** Simulated time: what is to happen, in the order of its times. */
export class EventQueue {
  private readonly heap: Event[] = [];
  private planned = 0;

  constructor(private currentMs: number) {}

  get nowMs(): number {
    return this.currentMs;
  }

  at(atMs: number, run: () => void): void {
    this.planned += 1;
    const event = { atMs: Math.max(atMs, this.currentMs), order: this.planned, run };
    let index = this.heap.push(event) - 1;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (!isBefore(event, this.heap[parent]!)) break;
      this.heap[index] = this.heap[parent]!;
      index = parent;
    }
    this.heap[index] = event;
  }

  after(delayMs: number, run: () => void): void {
    this.at(this.currentMs + delayMs, run);
  }

  /** Lets everything happen until then. */
  runUntil(endMs: number): void {
    for (let next = this.heap[0]; next !== undefined && next.atMs <= endMs; next = this.heap[0]) {
      this.dropFirst();
      this.currentMs = next.atMs;
      next.run();
    }
    this.currentMs = endMs;
  }

  private dropFirst(): void {
    const last = this.heap.pop()!;
    const size = this.heap.length;
    if (size === 0) return;
    let index = 0;
    for (;;) {
      const left = 2 * index + 1;
      if (left >= size) break;
      const right = left + 1;
      const least = right < size && isBefore(this.heap[right]!, this.heap[left]!) ? right : left;
      if (isBefore(last, this.heap[least]!)) break;
      this.heap[index] = this.heap[least]!;
      index = least;
    }
    this.heap[index] = last;
  }
}

function isBefore(one: Event, other: Event): boolean {
  return one.atMs === other.atMs ? one.order < other.order : one.atMs < other.atMs;
}
