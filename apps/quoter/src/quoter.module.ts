import { Module } from '@nestjs/common';
import { subjectsOf } from '#contracts';
import {
  BatchedLink,
  ControlClient,
  MessagingModule,
  RatesDirectory,
  RemotePeers,
} from '#messaging';
import {
  type Configuration,
  CONFIGURATION,
  HealthChecks,
  MetricsRegistry,
  ShutdownSequence,
} from '#platform';
import { LiveRoutes, LiveRoutesModule, RemoteQuotes, RemoteQuotesModule } from '#routes';
import { ExplainDesk } from './operators/explain-desk';
import { OperatorQuotesController } from './operators/operator-quotes.controller';
import { PriceDesk } from './operators/price-desk';
import { QuoteDesk } from './quote-desk';
import { QuoteMetrics } from './quote-metrics';
import { QuoteListener } from './quote-listener';
import { assembleRates, RATES_DESK } from './rates/rates-assembly';
import type { RatesDesk } from './rates/rates-desk';
import { RatesController } from './rates/rates.controller';

/** Answers what a payment would bring or cost (SPEC §12), and knows what currencies are worth. */
@Module({
  imports: [MessagingModule, LiveRoutesModule, RemoteQuotesModule],
  controllers: [OperatorQuotesController, RatesController],
  providers: [
    {
      provide: QuoteDesk,
      inject: [CONFIGURATION, LiveRoutes, RemoteQuotes],
      useFactory: quoteDesk,
    },
    {
      provide: ExplainDesk,
      inject: [CONFIGURATION, QuoteDesk, LiveRoutes, RatesDirectory],
      useFactory: explainDesk,
    },
    {
      provide: PriceDesk,
      inject: [CONFIGURATION, LiveRoutes, ControlClient],
      useFactory: priceDesk,
    },
    {
      provide: QuoteMetrics,
      inject: [MetricsRegistry],
      useFactory: (registry: MetricsRegistry) => new QuoteMetrics(registry),
    },
    {
      provide: QuoteListener,
      inject: [BatchedLink, QuoteDesk, QuoteMetrics, CONFIGURATION, ShutdownSequence],
      useFactory: quoteListener,
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

/** Of the time that a gateway waits for a quote, so much may be spent on asking others. */
const SHARE_OF_TIME = 0.9;

function quoteDesk(
  { connector, limits }: Configuration,
  routes: LiveRoutes,
  remote: RemoteQuotes,
): QuoteDesk {
  const { address: connectorAddress, maxHoldTimeMs, quoteExpiryMs } = connector;
  const gatewayWaitsMs = (limits.requestTimeoutMs * limits.quoteSharePercent) / 100;
  const patienceMs = Math.floor(gatewayWaitsMs * SHARE_OF_TIME);
  return new QuoteDesk(
    { routes, remote, rules: { maxHoldTimeMs, quoteExpiryMs }, connectorAddress, patienceMs },
    { nowMs: () => Date.now() },
  );
}

function quoteListener(
  link: BatchedLink,
  desk: QuoteDesk,
  ...[metrics, { connector }, shutdown]: [QuoteMetrics, Configuration, ShutdownSequence]
): QuoteListener {
  const subjects = subjectsOf(connector.slug);
  return new QuoteListener(link, desk, metrics, { subjects, shutdown });
}

function explainDesk(
  { connector, rates: { pairs } }: Configuration,
  quotes: QuoteDesk,
  ...[{ tables }, directory]: [LiveRoutes, RatesDirectory]
): ExplainDesk {
  return new ExplainDesk({
    quotes,
    tables,
    rates: () => directory.rates,
    policy: { spreadPpm: connector.spreadPpm, pairs },
    nowMs: () => Date.now(),
  });
}

function priceDesk(
  { connector }: Configuration,
  routes: LiveRoutes,
  control: ControlClient,
): PriceDesk {
  return new PriceDesk({
    tables: routes.tables,
    isRelayed: (ledgerId) => routes.relaying.has(ledgerId),
    peers: new RemotePeers(control, subjectsOf(connector.slug)),
  });
}
