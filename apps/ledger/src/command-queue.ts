/**
 * What waits for the loop. Bounded: `offer` refuses when it is full, so that whoever asked can be
 * told that we are busy instead of being kept waiting without end.
 */
export class CommandQueue<T> {
  private items: T[] = [];
  private wake: (() => void) | undefined;
  private closed = false;

  constructor(private readonly capacity: number) {}

  get length(): number {
    return this.items.length;
  }

  offer(item: T): boolean {
    return this.items.length < this.capacity && this.insist(item);
  }

  /** Takes it in even when full: for what the owner tells itself. False only when closed. */
  insist(item: T): boolean {
    if (this.closed) return false;
    this.items.push(item);
    this.rouse();
    return true;
  }

  /** Waits until there is something, then takes at most `max`; an empty batch means closed. */
  async take(max: number): Promise<T[]> {
    while (this.items.length === 0 && !this.closed) {
      await new Promise<void>((resolve) => (this.wake = resolve));
    }
    if (this.items.length <= max) {
      const batch = this.items;
      this.items = [];
      return batch;
    }
    return this.items.splice(0, max);
  }

  /** Nothing more comes in; what is in is still taken. */
  close(): void {
    this.closed = true;
    this.rouse();
  }

  private rouse(): void {
    const wake = this.wake;
    this.wake = undefined;
    wake?.();
  }
}
