import { createHash } from 'node:crypto';
import { cloudEvent, CONNECTOR_STREAM, connectorPartition, eventMessage } from '#contracts';
import { type EncodedEvent, encodeEvent, type LedgerEvent } from '#domain/ledger';
import { encodePeeringEvent, type PeeringEvent } from '#domain/peering';
import { encodeRatesEvent, isRatesEventType, type LoggedRatesEvent } from '#domain/rates';
import { canonicalJson, type RecordedEvent } from '#eventsourcing';
import type { EventFeed, FeedPage } from '../event-feed';
import { FeedUnavailableError } from '../http-event-feed';
import { type LogEvent, readCloudEvent } from '../log-event';

const CONNECTOR = 'spec';

/** A log in memory, and the feed of it that a console would serve. */
export class MemoryLog implements EventFeed {
  readonly events: RecordedEvent[] = [];
  /** How often the feed was asked for events. */
  pages = 0;
  isDown = false;

  constructor(
    private readonly connector = CONNECTOR,
    private readonly pageEvents = 3,
  ) {}

  /** Returns what was appended. */
  append(partition: number, ledgerId: string, ...events: LedgerEvent[]): RecordedEvent[] {
    return events.map((event) => this.record({ partition, ledgerId }, encodeEvent(event)));
  }

  /** The same of the connector itself. */
  appendOwn(...events: (PeeringEvent | LoggedRatesEvent)[]): RecordedEvent[] {
    const place = { partition: connectorPartition(), ledgerId: CONNECTOR_STREAM };
    return events.map((event) =>
      this.record(place, { ...encodeOwn(event), transferId: null, packet: null }),
    );
  }

  of(partition: number): RecordedEvent[] {
    return this.events.filter((event) => event.partition === partition);
  }

  read(event: RecordedEvent): LogEvent {
    return readCloudEvent(JSON.parse(cloudEvent(this.connector, event)));
  }

  message(event: RecordedEvent) {
    return eventMessage(this.connector, event);
  }

  heads(): Promise<ReadonlyMap<number, number>> {
    if (this.isDown) return Promise.reject(new FeedUnavailableError('/heads', 'it is down'));
    return Promise.resolve(
      new Map(this.events.map(({ partition, position }) => [partition, position])),
    );
  }

  partition(partition: number, after: number): Promise<FeedPage> {
    if (this.isDown) return Promise.reject(new FeedUnavailableError('/page', 'it is down'));
    this.pages += 1;
    const left = this.of(partition).slice(after);
    const events = left.slice(0, this.pageEvents).map((event) => this.read(event));
    const asOf = new Map([[partition, after + events.length]]);
    return Promise.resolve({ events, asOf, more: left.length > events.length });
  }

  private record(
    { partition, ledgerId }: { readonly partition: number; readonly ledgerId: string },
    { payload, ...rest }: EncodedEvent,
  ): RecordedEvent {
    const recorded = {
      ...rest,
      ledgerId,
      partition,
      version: this.events.filter((one) => one.ledgerId === ledgerId).length + 1,
      position: this.of(partition).length + 1,
      occurredAtMs: 1_500_000_000_000 + this.events.length,
      payload: canonicalJson(payload),
      packetDigest: null,
      previousHash: digest(this.events.length),
      hash: digest(this.events.length + 1),
    };
    this.events.push(recorded);
    return recorded;
  }
}

function encodeOwn(event: PeeringEvent | LoggedRatesEvent) {
  return isOfRates(event) ? encodeRatesEvent(event) : encodePeeringEvent(event);
}

function isOfRates(event: PeeringEvent | LoggedRatesEvent): event is LoggedRatesEvent {
  return isRatesEventType(event.type);
}

function digest(number: number): Buffer {
  return createHash('sha256').update(String(number)).digest();
}
