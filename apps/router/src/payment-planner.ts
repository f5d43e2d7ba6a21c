import type { PlannedPayment, PreparePayment } from '#contracts';
import { mirrorPayment, type PlanSettings, planPayment } from '#domain/payment';
import type { LiveRoutes } from '#routes';

export interface PlannerSettings {
  readonly routes: Pick<LiveRoutes, 'tables' | 'relaying'>;
  readonly plan: PlanSettings;
  /** For the ids of outgoing transfers. */
  readonly secret: Buffer;
  /** Ledgers that we run as a validator, each with the other party's: out of the table altogether. */
  readonly relays: ReadonlyMap<string, string>;
}

/** The plans that follow from the routing tables as they are now. */
export class PaymentPlanner {
  constructor(private readonly settings: PlannerSettings) {}

  /** Of two ledgers that relay to each other both must be there. */
  knows(ledgerId: string): boolean {
    const { relays, routes } = this.settings;
    const other = relays.get(ledgerId);
    if (other === undefined) return routes.tables.ledger(ledgerId) !== undefined;
    return routes.relaying.has(ledgerId) && routes.relaying.has(other);
  }

  plan(payment: PreparePayment, nowMs: number): PlannedPayment {
    const { secret, relays, routes, plan: settings } = this.settings;
    const other = relays.get(payment.ledgerId);
    if (other !== undefined) {
      return { ...payment, kind: 'planned-payment', plan: mirrorPayment(payment, other) };
    }
    const plan = planPayment(routes.tables, { ...payment, nowMs, secret, settings });
    return { ...payment, kind: 'planned-payment', plan };
  }
}
