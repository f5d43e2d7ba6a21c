/**
 * Remembers the last `capacity` things added to it, and at most as many older ones. In two
 * generations, because taking the oldest out of a large Set means to step over all that was deleted
 * before it.
 */
export class BoundedSet {
  private young = new Set<string>();
  private old = new Set<string>();

  constructor(private readonly capacity: number) {}

  has(member: string): boolean {
    return this.young.has(member) || this.old.has(member);
  }

  add(member: string): void {
    if (this.young.size >= this.capacity) {
      this.old = this.young;
      this.young = new Set();
    }
    this.young.add(member);
  }

  /** Whether it was there. */
  delete(member: string): boolean {
    const wasYoung = this.young.delete(member);
    return this.old.delete(member) || wasYoung;
  }
}
