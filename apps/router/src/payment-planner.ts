import type { PlannedPayment, PreparePayment } from '#contracts';
import { mirrorPayment, type PlanSettings, planPayment } from '#domain/payment';
import type { QuotedAmount, RemoteFailure, RemoteQuoteNeeded } from '#domain/routing';
import { errorMessage } from '#protocol';
import type { LiveRoutes } from '#routes';

export interface PlannerSettings {
  readonly routes: Pick<LiveRoutes, 'tables' | 'relaying'>;
  readonly plan: PlanSettings;
  /** For the ids of outgoing transfers. */
  readonly secret: Buffer;
  /** Ledgers that we run as a validator, each with the other party's: out of the table altogether. */
  readonly relays: ReadonlyMap<string, string>;
}

/** When a payment is planned, and what was learnt of it beside the tables. */
export interface PlanningMoment {
  readonly nowMs: number;
  /** What a next hop that quotes amounts only said of this one. */
  readonly quotedAmount?: QuotedAmount | undefined;
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

  /** The plan, or which next hop has to be asked first. */
  plan(payment: PreparePayment, moment: PlanningMoment): PlannedPayment | RemoteQuoteNeeded {
    const { secret, relays, routes, plan: settings } = this.settings;
    const other = relays.get(payment.ledgerId);
    if (other !== undefined) {
      return { ...payment, kind: 'planned-payment', plan: mirrorPayment(payment, other) };
    }
    const plan = planPayment(routes.tables, { ...payment, ...moment, secret, settings });
    return 'type' in plan ? plan : { ...payment, kind: 'planned-payment', plan };
  }

  /** The plan of a payment of which no next hop told a price: it is refused with their error. */
  refuse(payment: PreparePayment, failure: RemoteFailure): PlannedPayment {
    const { routes, plan: settings } = this.settings;
    const ownAddress = routes.tables.ledger(payment.ledgerId)?.ownAddress;
    const triggeredBy = ownAddress ?? settings.connectorAddress;
    const said =
      failure.kind === 'own'
        ? { code: failure.code, message: failure.message, triggeredBy }
        : {
            code: failure.error.code,
            message: errorMessage(failure.error.data),
            triggeredBy: failure.error.triggeredBy,
          };
    return { ...payment, kind: 'planned-payment', plan: { kind: 'refuse', ...said } };
  }
}
