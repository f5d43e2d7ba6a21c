import { Module } from '@nestjs/common';
import { ControlClient, LedgerDirectory, LedgerDirectoryModule, MessagingModule } from '#messaging';
import {
  type Configuration,
  CONFIGURATION,
  HealthChecks,
  MetricsRegistry,
  relaysOf,
  ShutdownSequence,
} from '#platform';
import { QuoteDesk } from './quote-desk';
import { QuoteMetrics } from './quote-metrics';
import { QuoteController } from './quote.controller';
import { assembleRates, RATES_DESK } from './rates/rates-assembly';
import type { RatesDesk } from './rates/rates-desk';
import { RatesController } from './rates/rates.controller';

/** Answers what a payment would bring or cost (SPEC §12), and knows what currencies are worth. */
@Module({
  imports: [MessagingModule, LedgerDirectoryModule],
  controllers: [QuoteController, RatesController],
  providers: [
    { provide: QuoteDesk, inject: [CONFIGURATION, LedgerDirectory], useFactory: quoteDesk },
    {
      provide: QuoteMetrics,
      inject: [MetricsRegistry],
      useFactory: (registry: MetricsRegistry) => new QuoteMetrics(registry),
    },
    {
      provide: RATES_DESK,
      inject: [CONFIGURATION, ControlClient, HealthChecks, MetricsRegistry, ShutdownSequence],
      useFactory: ratesDesk,
    },
  ],
})
export class QuoterModule {}

function ratesDesk(
  configuration: Configuration,
  control: ControlClient,
  ...[health, metrics, shutdown]: [HealthChecks, MetricsRegistry, ShutdownSequence]
): Promise<RatesDesk> {
  return assembleRates({ configuration, control, health, metrics, shutdown });
}

function quoteDesk(configuration: Configuration, directory: LedgerDirectory): QuoteDesk {
  const { address, spreadPpm, minMessageWindowMs, maxHoldTimeMs, quoteExpiryMs } =
    configuration.connector;
  const desk = new QuoteDesk(
    {
      routing: { spreadPpm, minMessageWindowMs, staticRoutes: configuration.routes },
      rules: { maxHoldTimeMs, quoteExpiryMs },
      connectorAddress: address,
    },
    { refreshLedgers: () => directory.refresh(), nowMs: () => Date.now() },
  );
  const relays = relaysOf(configuration);
  // What a validator runs is between its two parties, who quote for themselves.
  directory.onChange((ledgers) => {
    desk.adopt(ledgers.filter(({ ledgerId }) => !relays.has(ledgerId)));
  });
  return desk;
}
