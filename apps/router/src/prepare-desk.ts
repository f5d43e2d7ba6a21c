import { decodeHot, encodeHot, type PlannedPayment, UnreadableMessageError } from '#contracts';
import { HeldPrepares } from './held-prepares';
import type { PaymentPlanner } from './payment-planner';
import type { PlanningMetrics } from './planning-metrics';

export interface PrepareDeskPorts {
  /** Puts a planned payment on its way to the owner of its ledger. */
  readonly send: (ledgerId: string, entry: Buffer) => void;
  /** Resolves once the ledgers are known afresh. */
  readonly refreshLedgers: () => Promise<void>;
  readonly nowMs: () => number;
}

/**
 * Plans what comes in and hands it on to the owner of its ledger, in the order in which it came.
 * A payment on a ledger that is not known (yet) waits until the ledgers were asked for, and is then
 * planned come what may; what waited too long is forgotten, and its gateway sends it again.
 */
export class PrepareDesk {
  private refreshing = false;

  constructor(
    private readonly planner: PaymentPlanner,
    private readonly ports: PrepareDeskPorts,
    private readonly metrics: PlanningMetrics,
    private readonly held = new HeldPrepares(),
  ) {}

  /** An entry of the hot link; what is not a `prepare-payment` is counted and dropped. */
  receive(entry: Buffer): void {
    this.take(entry, 'may-wait');
  }

  private take(entry: Buffer, patience: 'may-wait' | 'now'): void {
    const message = read(entry);
    if (message?.kind !== 'prepare-payment') {
      this.metrics.unreadable += 1;
      return;
    }
    if (patience === 'may-wait' && !this.planner.knows(message.ledgerId)) {
      this.hold(entry);
      return;
    }
    this.handOn(this.planner.plan(message, this.ports.nowMs()));
  }

  private handOn(planned: PlannedPayment): void {
    const { plan, ledgerId } = planned;
    this.metrics.count(plan.kind === 'forward' ? 'forward' : plan.code);
    this.ports.send(ledgerId, encodeHot(planned));
  }

  private hold(entry: Buffer): void {
    this.held.hold(entry, this.ports.nowMs());
    this.metrics.held = this.held.size;
    this.metrics.forgotten = this.held.forgotten;
    if (this.refreshing) return;
    this.refreshing = true;
    void this.ports.refreshLedgers().then(() => {
      this.release();
    });
  }

  private release(): void {
    this.refreshing = false;
    for (const entry of this.held.takeAll(this.ports.nowMs())) this.take(entry, 'now');
    this.metrics.held = this.held.size;
    this.metrics.forgotten = this.held.forgotten;
  }
}

function read(entry: Buffer): ReturnType<typeof decodeHot> | undefined {
  try {
    return decodeHot(entry);
  } catch (error) {
    if (error instanceof UnreadableMessageError) return undefined;
    throw error;
  }
}
