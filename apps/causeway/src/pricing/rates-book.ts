import { CONNECTOR_STREAM } from '#contracts';
import {
  decodeRatesEvent,
  isRatesEventType,
  type LoggedRatesEvent,
  type NewSheet,
  RateTable,
} from '#domain/rates';
import type { EventReader } from '#event-store';
import type { JsonObject, RecordedEvent } from '#eventsourcing';

/** Exchange rates as some version of them put them in force. */
export interface RatesOnRecord {
  readonly version: number;
  readonly sheet: NewSheet;
  readonly table: RateTable;
  readonly by: string;
  readonly recordedAtMs: number;
  /** When others came in force instead of them, or none; undefined = they are in force. */
  readonly replacedAtMs: number | undefined;
}

/** Where in the log a version is: the event that put it in force, and the one with its rates. */
interface Entry {
  readonly recordedAtMs: number;
  readonly by: string;
  /** Version of the event in the connector's stream. */
  readonly sheetAt: number;
  replacedAtMs?: number;
}

/** A whole table each. */
const MOST_KEPT = 256;

/**
 * The exchange rates of every version, from the connector's stream alone. Only where they are is
 * kept of them all.
 */
export class RatesBook {
  private readonly entries = new Map<number, Entry>();
  private readonly kept = new Map<number, RatesOnRecord>();
  private readTo = 0;
  private sheetAt: number | undefined;
  private latest: Entry | undefined;

  constructor(private readonly reader: Pick<EventReader, 'readLedger'>) {}

  /** undefined where no event of the log put such a version in force. */
  async at(version: number): Promise<RatesOnRecord | undefined> {
    const known = this.kept.get(version);
    if (known !== undefined) return known;
    if (!this.entries.has(version)) await this.readOn();
    const entry = this.entries.get(version);
    const found = entry && (await this.read(version, entry));
    if (found === undefined) return undefined;
    if (this.kept.size >= MOST_KEPT) this.kept.clear();
    this.kept.set(version, found);
    return found;
  }

  private async readOn(): Promise<void> {
    const range = { ledgerId: CONNECTOR_STREAM, afterVersion: this.readTo };
    for await (const recorded of this.reader.readLedger(range)) {
      this.readTo = recorded.version;
      const event = ratesEventOf(recorded);
      if (event !== undefined) this.enter(event, recorded);
    }
  }

  private enter(
    { type, sequence, by }: LoggedRatesEvent,
    { version, occurredAtMs: recordedAtMs }: RecordedEvent,
  ): void {
    if (type === 'RatesConfirmed') return;
    if (this.latest !== undefined) this.latest.replacedAtMs = recordedAtMs;
    this.latest = undefined;
    if (type === 'RatesWithdrawn') return;
    if (type !== 'RatesRestored') this.sheetAt = version;
    const { sheetAt } = this;
    if (sheetAt === undefined) return;
    this.latest = { recordedAtMs, by, sheetAt };
    this.entries.set(sequence, this.latest);
  }

  private async read(
    version: number,
    { recordedAtMs, by, sheetAt, replacedAtMs }: Entry,
  ): Promise<RatesOnRecord | undefined> {
    const range = { ledgerId: CONNECTOR_STREAM, afterVersion: sheetAt - 1, untilVersion: sheetAt };
    for await (const recorded of this.reader.readLedger(range)) {
      const event = ratesEventOf(recorded);
      if (event === undefined || !('sheet' in event)) continue;
      const { sheet } = event;
      return { version, sheet, table: RateTable.of(sheet), by, recordedAtMs, replacedAtMs };
    }
    return undefined;
  }
}

/** @throws UnreadableRatesEventError */
function ratesEventOf(recorded: RecordedEvent): LoggedRatesEvent | undefined {
  if (!isRatesEventType(recorded.type)) return undefined;
  return decodeRatesEvent({ ...recorded, payload: JSON.parse(recorded.payload) as JsonObject });
}
