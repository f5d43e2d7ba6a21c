import type { PlannedPayment, PreparePayment } from '#contracts';
import { type PlanSettings, planPayment } from '#domain/payment';
import { type LedgerFacts, RouteTable, type RoutingRules } from '#domain/routing';

export interface PlannerSettings {
  readonly routing: RoutingRules;
  readonly plan: PlanSettings;
  /** For the ids of outgoing transfers. */
  readonly secret: Buffer;
}

/** The route table as it is now, and the plans that follow from it. */
export class PaymentPlanner {
  private table: RouteTable;

  /** @throws InvalidStaticRouteError */
  constructor(private readonly settings: PlannerSettings) {
    this.table = RouteTable.build([], settings.routing);
  }

  /** The ledgers are these from now on. */
  adopt(ledgers: readonly LedgerFacts[]): void {
    this.table = RouteTable.build(ledgers, this.settings.routing);
  }

  knows(ledgerId: string): boolean {
    return this.table.ledger(ledgerId) !== undefined;
  }

  plan(payment: PreparePayment, nowMs: number): PlannedPayment {
    const { secret, plan: settings } = this.settings;
    const plan = planPayment(this.table, { ...payment, nowMs, secret, settings });
    return { ...payment, kind: 'planned-payment', plan };
  }
}
