import {
  BY_CONFIGURATION,
  decodeRatesEvent,
  encodeRatesEvent,
  evolveRates,
  historyOfNewest,
  type LoggedRatesEvent,
  NO_RATES,
  RATES_EVENT_TYPES,
  type RatesEvent,
  type RatesHistory,
} from '#domain/rates';
import type { ConnectorLog, ConnectorRange, NewConnectorEvent } from '#event-store';
import { canonicalJson, type JsonObject, type RecordedEvent } from '#eventsourcing';

interface Known {
  readonly history: RatesHistory;
  /** Version of the last event of rates on the connector's stream; others lie in between. */
  readonly position: number;
}

/** The log as of one moment. */
type Read = (range: ConnectorRange) => Promise<readonly RecordedEvent[]>;

/** Who decides, at what time, and how. */
export interface RatesDecision {
  readonly by: string;
  readonly nowMs: number;
  readonly decide: (history: RatesHistory) => RatesEvent | undefined;
}

/**
 * The rates of this connector as the log has them, and whatever is put on record of them. However long
 * their history, few events of it are read: at first the newest ones, then what has come since.
 */
export class RatesLog {
  private known: Known = { history: NO_RATES, position: 0 };
  private wasRead = false;

  constructor(
    private readonly log: Pick<ConnectorLog, 'append' | 'look' | 'read'>,
    /** Called after each change that this process has put on record. */
    private readonly onAppended: (history: RatesHistory) => void,
  ) {}

  /** As last read; undefined before that. */
  get history(): RatesHistory | undefined {
    return this.wasRead ? this.known.history : undefined;
  }

  /** @throws as `ConnectorLog.look`; UnreadableRatesEventError */
  async refresh(): Promise<RatesHistory> {
    const from = this.known;
    const isFirst = from.position === 0;
    // What decides the history has to be of one moment; what has come since is in one answer.
    const known = isFirst
      ? await this.log.look((transaction) => begin((range) => transaction.read(range)))
      : await catchUp(from, (range) => this.log.read(range));
    return this.learn(known);
  }

  /**
   * Decides on the log as it is while nobody else can, and puts the event, if there is one, on it.
   * @throws as `ConnectorLog.append`, UnreadableRatesEventError, and what `decide` throws
   */
  async append({ by, nowMs, decide }: RatesDecision): Promise<RatesEvent | undefined> {
    const appended = await this.log.append(async (transaction) => {
      const before = await catchUp(this.known, (range) => transaction.read(range));
      const event = decide(before.history);
      const sequence = before.history.sequence + 1;
      const events = event === undefined ? [] : [recordOf({ ...event, sequence, by }, nowMs)];
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

async function catchUp(from: Known, read: Read): Promise<Known> {
  if (from.position === 0) return begin(read);
  return fold(from, await read({ afterVersion: from.position, types: RATES_EVENT_TYPES }));
}

/** What the whole history comes to, from the few events that decide it. */
async function begin(read: Read): Promise<Known> {
  const newest = new Map<number, RecordedEvent>();
  const ranges: ConnectorRange[] = [
    ...RATES_EVENT_TYPES.map((type) => ({ types: [type] })),
    { types: ['RatesSet'], by: BY_CONFIGURATION },
  ];
  for (const range of ranges) {
    const [event] = await read({ ...range, newestFirst: true, limit: 1 });
    if (event !== undefined) newest.set(event.version, event);
  }
  const history = historyOfNewest([...newest.values()].map(decoded));
  return { history, position: Math.max(0, ...newest.keys()) };
}

function fold(from: Known, events: readonly RecordedEvent[]): Known {
  const history = events.map(decoded).reduce(evolveRates, from.history);
  return { history, position: events.at(-1)?.version ?? from.position };
}

function decoded(recorded: RecordedEvent): LoggedRatesEvent {
  return decodeRatesEvent({ ...recorded, payload: JSON.parse(recorded.payload) as JsonObject });
}

function recordOf(event: LoggedRatesEvent, nowMs: number): NewConnectorEvent {
  const { type, schemaVersion, payload } = encodeRatesEvent(event);
  return { type, schemaVersion, occurredAtMs: nowMs, payload: canonicalJson(payload) };
}
