import { BoundedSet } from './bounded-set';

/** The deliveries of one kind in one session: owners hand out again what we have not confirmed. */
export class DeliveryMemory<Task extends { readonly transferId: string }> {
  private readonly open = new Map<string, Task>();
  private readonly confirmed: BoundedSet;

  constructor(remembered: number) {
    this.confirmed = new BoundedSet(remembered);
  }

  stateOf(transferId: string): 'new' | 'open' | 'confirmed' {
    if (this.open.has(transferId)) return 'open';
    return this.confirmed.has(transferId) ? 'confirmed' : 'new';
  }

  find(transferId: string): Task | undefined {
    return this.open.get(transferId);
  }

  start(task: Task): void {
    this.open.set(task.transferId, task);
  }

  confirm(transferId: string): void {
    this.open.delete(transferId);
    this.confirmed.add(transferId);
  }

  drop(transferId: string): void {
    this.open.delete(transferId);
  }
}
