import type { Provider } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { subjectsOf } from '#contracts';
import { EventReader } from '#event-store';
import { ControlClient } from '#messaging';
import { type Configuration, CONFIGURATION, ShutdownSequence } from '#platform';
import { PaymentLog } from './payment-log';
import { PaymentsDesk } from './payments-desk';
import { QuotesDesk } from './quotes-desk';

/** What payments would cost, and payments of our own. */
export const PAYMENT_PROVIDERS: Provider[] = [
  {
    provide: QuotesDesk,
    inject: [ControlClient, CONFIGURATION, DataSource],
    useFactory: (control: ControlClient, { connector }: Configuration, dataSource: DataSource) =>
      new QuotesDesk(control, subjectsOf(connector.slug).quoterExplain, dataSource),
  },
  {
    provide: PaymentLog,
    inject: [DataSource, EventReader, ShutdownSequence],
    useFactory: paymentLog,
  },
  {
    provide: PaymentsDesk,
    inject: [ControlClient, CONFIGURATION, DataSource, PaymentLog],
    useFactory: paymentsDesk,
  },
];

function paymentLog(
  dataSource: DataSource,
  reader: EventReader,
  shutdown: ShutdownSequence,
): PaymentLog {
  const log = new PaymentLog(dataSource, reader);
  shutdown.add('stop-accepting', 'waiting for payments', () => {
    log.stop();
    return Promise.resolve();
  });
  return log;
}

function paymentsDesk(
  control: ControlClient,
  { connector }: Configuration,
  ...[dataSource, log]: [DataSource, PaymentLog]
): PaymentsDesk {
  const { slug, maxHoldTimeMs } = connector;
  return new PaymentsDesk({ control, subjects: subjectsOf(slug), dataSource, log, maxHoldTimeMs });
}
