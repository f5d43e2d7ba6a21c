import { Module } from '@nestjs/common';
import { LedgerDirectory, LedgerDirectoryModule, MessagingModule } from '#messaging';
import { type Configuration, CONFIGURATION, MetricsRegistry, relaysOf } from '#platform';
import { QuoteDesk } from './quote-desk';
import { QuoteMetrics } from './quote-metrics';
import { QuoteController } from './quote.controller';

/** Answers what a payment would bring or cost (SPEC §12). Holds nothing but tables. */
@Module({
  imports: [MessagingModule, LedgerDirectoryModule],
  controllers: [QuoteController],
  providers: [
    { provide: QuoteDesk, inject: [CONFIGURATION, LedgerDirectory], useFactory: quoteDesk },
    {
      provide: QuoteMetrics,
      inject: [MetricsRegistry],
      useFactory: (registry: MetricsRegistry) => new QuoteMetrics(registry),
    },
  ],
})
export class QuoterModule {}

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
