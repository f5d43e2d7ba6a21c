import {
  evolveRates,
  NO_RATES,
  RATES_EVENT_TYPES,
  RATES_SCHEMA_VERSION,
  type RatesEvent,
  ratesEventPayload,
  type RatesHistory,
  readRatesEvent,
} from '#domain/rates';
import type { ConnectorLog } from '#event-store';
import { canonicalJson, type JsonObject, type RecordedEvent } from '#eventsourcing';

interface Known {
  readonly history: RatesHistory;
  /** Version of the last event of rates on the connector's stream; others lie in between. */
  readonly position: number;
}

/** Who decides, at what time, and how. */
export interface RatesDecision {
  readonly by: string;
  readonly nowMs: number;
  readonly decide: (history: RatesHistory) => RatesEvent | undefined;
}

/** The rates of this connector as the log has them, and whatever is put on record of them. */
export class RatesLog {
  private known: Known = { history: NO_RATES, position: 0 };
  private wasRead = false;

  constructor(
    private readonly log: Pick<ConnectorLog, 'append' | 'read'>,
    /** Called after each change that this process has put on record. */
    private readonly onAppended: (history: RatesHistory) => void,
  ) {}

  /** As last read; undefined before that. */
  get history(): RatesHistory | undefined {
    return this.wasRead ? this.known.history : undefined;
  }

  /** @throws as `ConnectorLog.read`; RateError for an event that cannot be understood */
  async refresh(): Promise<RatesHistory> {
    const from = this.known;
    const range = { afterVersion: from.position, types: RATES_EVENT_TYPES };
    return this.learn(fold(from, await this.log.read(range)));
  }

  /**
   * Decides on the log as it is while nobody else can, and puts the event, if there is one, on it.
   * @throws as `ConnectorLog.append`, and what `decide` throws
   */
  async append({ by, nowMs, decide }: RatesDecision): Promise<RatesEvent | undefined> {
    const appended = await this.log.append(async (transaction) => {
      const range = { afterVersion: this.known.position, types: RATES_EVENT_TYPES };
      const before = fold(this.known, await transaction.read(range));
      const event = decide(before.history);
      const sequence = before.history.sequence + 1;
      const events = event === undefined ? [] : [recordOf({ sequence, by, event }, nowMs)];
      return { events, result: { before, event } };
    });
    const { before, event } = appended.result;
    const history = this.learn(fold(before, appended.events));
    if (event !== undefined) this.onAppended(history);
    return event;
  }

  /** Two reads may overtake each other; the later one counts. */
  private learn(known: Known): RatesHistory {
    this.wasRead = true;
    if (known.position > this.known.position) this.known = known;
    return this.known.history;
  }
}

function fold(from: Known, events: readonly RecordedEvent[]): Known {
  let { history } = from;
  for (const { type, payload } of events) {
    history = evolveRates(history, readRatesEvent(type, JSON.parse(payload) as JsonObject));
  }
  return { history, position: events.at(-1)?.version ?? from.position };
}

function recordOf(logged: Parameters<typeof ratesEventPayload>[0], nowMs: number) {
  return {
    type: logged.event.type,
    schemaVersion: RATES_SCHEMA_VERSION,
    occurredAtMs: nowMs,
    payload: canonicalJson(ratesEventPayload(logged)),
  };
}
