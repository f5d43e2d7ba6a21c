import {
  decodeHot,
  encodeHot,
  type PlannedPayment,
  type PreparePayment,
  UnreadableMessageError,
} from '#contracts';
import type {
  QuotedAmount,
  RemoteFailure,
  RemoteOutcome,
  RemoteQuoteNeeded,
} from '#domain/routing';
import { countedErrorCode } from '#protocol';
import { HeldPrepares } from './held-prepares';
import type { PaymentPlanner } from './payment-planner';
import type { PlanningMetrics } from './planning-metrics';
import { type QuotingEnd, type QuotingLimits, QuotingPrepares } from './quoting-prepares';

export interface PrepareDeskPorts {
  /** Puts a planned payment on its way to the owner of its ledger. */
  readonly send: (ledgerId: string, entry: Buffer) => void;
  /** Resolves once the ledgers are known afresh. */
  readonly refreshLedgers: () => Promise<void>;
  /** Asks a next hop what only it can tell. Never rejects. */
  readonly askNextHop: (needed: RemoteQuoteNeeded) => Promise<RemoteOutcome>;
  readonly nowMs: () => number;
}

const NO_ROOM: RemoteFailure = {
  kind: 'own',
  code: 'T03',
  message: 'Too many payments wait for quotes of other connectors',
};

const TOO_LATE: RemoteFailure = {
  kind: 'own',
  code: 'T01',
  message: 'The next connector gave no quote in time',
};

/**
 * Plans what comes in and hands it on to the owner of its ledger, in the order in which it came.
 * A payment on a ledger that is not known (yet) waits until the ledgers were asked for, and is then
 * planned come what may; what waited too long is forgotten, and its gateway sends it again. One that
 * needs a quote of its next hop waits for that, and is refused if that does not come in time.
 */
export class PrepareDesk {
  private refreshing = false;
  private readonly quoting: QuotingPrepares;

  constructor(
    private readonly planner: PaymentPlanner,
    private readonly ports: PrepareDeskPorts,
    private readonly metrics: PlanningMetrics,
    limits: QuotingLimits,
    private readonly held = new HeldPrepares(),
  ) {
    const { askNextHop: ask, nowMs } = ports;
    const resume = (entry: Buffer, ended: QuotingEnd, amount: QuotedAmount | undefined) =>
      this.resume(entry, ended, amount);
    this.quoting = new QuotingPrepares({ ask, resume, nowMs }, limits);
    metrics.quoting = () => this.quoting.size;
  }

  /** An entry of the hot link; what is not a `prepare-payment` is counted and dropped. */
  receive(entry: Buffer): void {
    this.take(entry, 'may-wait');
  }

  /** What waits for quotes is forgotten: its gateway sends it again, to another router. */
  close(): void {
    this.quoting.close();
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
    const planned = this.planner.plan(message, { nowMs: this.ports.nowMs() });
    if ('kind' in planned) this.handOn(planned);
    else this.quote(entry, message, planned);
  }

  private quote(entry: Buffer, message: PreparePayment, needed: RemoteQuoteNeeded): void {
    const id = `${message.ledgerId} ${message.transferId}`;
    if (!this.quoting.hold({ id, entry, needed })) {
      this.handOn(this.planner.refuse(message, NO_ROOM));
    }
  }

  /** Plans what has waited; another next hop may have to be asked for that. */
  private resume(
    entry: Buffer,
    ended: QuotingEnd,
    quotedAmount: QuotedAmount | undefined,
  ): RemoteQuoteNeeded | undefined {
    const message = read(entry);
    if (message?.kind !== 'prepare-payment') return undefined;
    if (ended.kind === 'failed' || ended.kind === 'late') {
      const failure = ended.kind === 'late' ? TOO_LATE : ended.failure;
      this.handOn(this.planner.refuse(message, failure));
      return undefined;
    }
    const planned = this.planner.plan(message, { nowMs: this.ports.nowMs(), quotedAmount });
    if (!('kind' in planned)) return planned;
    this.handOn(planned);
    return undefined;
  }

  private handOn(planned: PlannedPayment): void {
    const { plan, ledgerId } = planned;
    this.metrics.count(plan.kind === 'forward' ? 'forward' : countedErrorCode(plan.code));
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
