import { subjectsOf } from '#contracts';
import { readQuotedRates, type RatesHistory, standingOf, TABLE_SOURCE } from '#domain/rates';
import { ConnectorLog, ElectedLock, openServiceDatabase } from '#event-store';
import type { ControlClient } from '#messaging';
import type {
  Configuration,
  HealthChecks,
  HttpRateSettings,
  MetricsRegistry,
  RateSourceSettings,
  ShutdownSequence,
} from '#platform';
import { httpRateSource, sourceName } from './rate-source';
import { LoggedRatesDesk, OneToOneDesk, type RatesDesk } from './rates-desk';
import { RatesKeeper } from './rates-keeper';
import { RatesLog } from './rates-log';
import { RatesMetrics } from './rates-metrics';
import { TableKeeper } from './table-keeper';

export const RATES_DESK = Symbol('RatesDesk');

export interface RatesSurroundings {
  readonly configuration: Configuration;
  readonly control: ControlClient;
  readonly health: HealthChecks;
  readonly metrics: MetricsRegistry;
  readonly shutdown: ShutdownSequence;
}

type LoggedSource = Exclude<RateSourceSettings, { readonly backend: 'one-to-one' }>;
type DataSource = Awaited<ReturnType<typeof openServiceDatabase>>;

/**
 * Everything that has to do with rates in this process, started. Without rates there is no database
 * to open.
 */
export async function assembleRates(around: RatesSurroundings): Promise<RatesDesk> {
  const { source } = around.configuration.rates;
  if (source.backend === 'one-to-one') return new OneToOneDesk();
  const dataSource = await openServiceDatabase(around.configuration.databaseUrl, 'causeway-quoter');
  const log = ratesLog(dataSource, around);
  const wanted = wantedOf(source);
  const clock = (): number => Date.now();
  const metrics = new RatesMetrics(around.metrics, () => {
    return { ...wanted, history: log.history, nowMs: clock() };
  });
  const keeper =
    source.backend === 'table'
      ? new TableKeeper(readQuotedRates(source.base, Object.entries(source.rates)), log, clock)
      : httpKeeper(source, { dataSource, log, metrics, clock, around });
  const report = (): object => (keeper instanceof RatesKeeper ? keeper.report : {});
  around.health.register('rates', () =>
    Promise.resolve({ ...standingIn(log.history, { ...wanted, nowMs: clock() }), ...report() }),
  );
  around.shutdown.add('stop-accepting', 'rates', () => keeper.stop());
  around.shutdown.add('disconnect', 'database', () => dataSource.destroy());
  keeper.start();
  return new LoggedRatesDesk(wanted, log, clock);
}

function ratesLog(dataSource: DataSource, { configuration, control }: RatesSurroundings): RatesLog {
  const { connector, limits } = configuration;
  const identity = { connector: connector.address, partitions: limits.partitions };
  const { ratesChanged } = subjectsOf(connector.slug);
  return new RatesLog(new ConnectorLog(dataSource, identity), ({ version }) => {
    control.announce(ratesChanged, { version });
  });
}

function wantedOf(source: LoggedSource): { readonly source: string; readonly maxAgeMs: number } {
  return source.backend === 'table'
    ? { source: TABLE_SOURCE, maxAgeMs: Infinity }
    : { source: sourceName(source.url), maxAgeMs: source.maxAgeMs };
}

interface KeeperSurroundings {
  readonly dataSource: DataSource;
  readonly log: RatesLog;
  readonly metrics: RatesMetrics;
  readonly clock: () => number;
  readonly around: RatesSurroundings;
}

function httpKeeper(settings: HttpRateSettings, parts: KeeperSurroundings): RatesKeeper {
  const connector = parts.around.configuration.connector.address;
  const lock = new ElectedLock(parts.dataSource, { connector, name: 'rates' });
  return new RatesKeeper(settings, { ...parts, lock, source: httpRateSource(settings) });
}

/** Rates that are too old make nobody unready: no restart would make them younger. */
function standingIn(
  history: RatesHistory | undefined,
  wanted: { readonly source: string; readonly maxAgeMs: number; readonly nowMs: number },
): object {
  if (history === undefined) return { state: 'unread', source: wanted.source };
  const ageMs = history.sheet === undefined ? null : wanted.nowMs - history.confirmedAtMs;
  const { state } = standingOf(history, wanted);
  return { state, version: history.version, source: wanted.source, ageMs };
}
