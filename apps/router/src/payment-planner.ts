import type { PlannedPayment, PreparePayment } from '#contracts';
import { mirrorPayment, type PlanSettings, planPayment } from '#domain/payment';
import { type LedgerFacts, RoutingTables, type RoutingRules } from '#domain/routing';

export interface PlannerSettings {
  readonly routing: RoutingRules;
  readonly plan: PlanSettings;
  /** For the ids of outgoing transfers. */
  readonly secret: Buffer;
  /** Ledgers that we run as a validator, each with the other party's: out of the table altogether. */
  readonly relays: ReadonlyMap<string, string>;
}

/** The routing tables as they are now, and the plans that follow from it. */
export class PaymentPlanner {
  private readonly tables: RoutingTables;
  private relaying: ReadonlySet<string> = new Set();

  /** @throws InvalidStaticRouteError */
  constructor(private readonly settings: PlannerSettings) {
    this.tables = RoutingTables.build([], settings.routing);
  }

  /** The ledgers are these from now on. */
  adopt(ledgers: readonly LedgerFacts[]): void {
    const { relays } = this.settings;
    const isRelaying = ({ ledgerId }: LedgerFacts): boolean => relays.has(ledgerId);
    this.relaying = new Set(ledgers.filter(isRelaying).map(({ ledgerId }) => ledgerId));
    this.tables.adopt(ledgers.filter((ledger) => !isRelaying(ledger)));
  }

  /** Of two ledgers that relay to each other both must be there. */
  knows(ledgerId: string): boolean {
    const other = this.settings.relays.get(ledgerId);
    if (other === undefined) return this.tables.ledger(ledgerId) !== undefined;
    return this.relaying.has(ledgerId) && this.relaying.has(other);
  }

  plan(payment: PreparePayment, nowMs: number): PlannedPayment {
    const { secret, relays, plan: settings } = this.settings;
    const other = relays.get(payment.ledgerId);
    if (other !== undefined) {
      return { ...payment, kind: 'planned-payment', plan: mirrorPayment(payment, other) };
    }
    const plan = planPayment(this.tables, { ...payment, nowMs, secret, settings });
    return { ...payment, kind: 'planned-payment', plan };
  }
}
