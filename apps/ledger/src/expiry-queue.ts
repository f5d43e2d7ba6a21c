import type { LedgerId, TransferId } from '#domain/ledger';

export interface Expiry {
  readonly dueAtMs: number;
  readonly ledgerId: LedgerId;
  readonly transferId: TransferId;
}

/**
 * When which transfer runs out: a binary heap, earliest first. A transfer that ends before its
 * time stays in until it is due; whoever takes it asks the ledger whether it still matters.
 */
export class ExpiryQueue {
  private heap: Expiry[] = [];

  get size(): number {
    return this.heap.length;
  }

  add(expiry: Expiry): void {
    this.heap.push(expiry);
    this.rise(this.heap.length - 1);
  }

  hasDue(nowMs: number): boolean {
    const first = this.heap[0];
    return first !== undefined && first.dueAtMs <= nowMs;
  }

  /** Takes the earliest one that is due, or undefined. */
  takeDue(nowMs: number): Expiry | undefined {
    const first = this.heap[0];
    if (first === undefined || first.dueAtMs > nowMs) return undefined;
    const last = this.heap.pop();
    if (last !== undefined && last !== first) {
      this.heap[0] = last;
      this.sink(0);
    }
    return first;
  }

  /** Another owner watches over the ledger from now on. */
  release(ledgerId: LedgerId): void {
    const others = this.heap.filter((expiry) => expiry.ledgerId !== ledgerId);
    if (others.length === this.heap.length) return;
    this.heap = [];
    for (const expiry of others) this.add(expiry);
  }

  private rise(start: number): void {
    let child = start;
    while (child > 0) {
      const parent = (child - 1) >> 1;
      if (this.dueAt(parent) <= this.dueAt(child)) return;
      this.swap(parent, child);
      child = parent;
    }
  }

  private sink(start: number): void {
    let parent = start;
    for (;;) {
      const left = 2 * parent + 1;
      const child = this.dueAt(left + 1) < this.dueAt(left) ? left + 1 : left;
      if (this.dueAt(parent) <= this.dueAt(child)) return;
      this.swap(parent, child);
      parent = child;
    }
  }

  private dueAt(index: number): number {
    return this.heap[index]?.dueAtMs ?? Number.POSITIVE_INFINITY;
  }

  private swap(a: number, b: number): void {
    const [first, second] = [this.heap[a], this.heap[b]];
    if (first === undefined || second === undefined) return;
    this.heap[a] = second;
    this.heap[b] = first;
  }
}
