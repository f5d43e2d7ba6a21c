import { createInbox, headers, type MsgHdrs, type Subscription } from 'nats';
import { Acknowledgements } from './acknowledgements';
import { reasonOf } from './bus-errors';
import { EventStreams } from './event-streams';
import type { BusConnection } from './nats-connection';
import { PublishFailedError } from './publish-failed-error';

export interface OutgoingEvent {
  readonly subject: string;
  /** `Nats-Msg-Id`: the same id within the stream's duplicate window is stored once. */
  readonly id: string;
  readonly payload: Buffer;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface PublisherOptions {
  /** Events sent and not yet acknowledged, per batch. */
  readonly window?: number;
  /** Longest silence of the server while acknowledgements are due. */
  readonly deadlineMs?: number;
}

const WINDOW = 1_024;
const DEADLINE_MS = 5_000;

/**
 * Events into JetStream, pipelined. All acknowledgements come to one inbox and are counted: a quarter
 * of the CPU of one request per event, which costs an entry in a map, a promise and a timer each.
 */
export class EventPublisher {
  readonly streams: EventStreams;
  private readonly window: number;
  private readonly deadlineMs: number;
  private readonly inbox = createInbox();
  private readonly batches = new Map<string, Acknowledgements>();
  private readonly forget: () => void;
  private subscription: Subscription | undefined;
  private batchCount = 0;

  constructor(
    private readonly bus: BusConnection,
    options: PublisherOptions = {},
  ) {
    this.streams = new EventStreams(bus);
    this.window = options.window ?? WINDOW;
    this.deadlineMs = options.deadlineMs ?? DEADLINE_MS;
    this.forget = bus.onLoss(() => {
      this.abandonAll('the connection was lost');
    });
  }

  /**
   * Publishes in the order given and waits until all are acknowledged; what was stored before counts
   * as stored. After an error in the middle, later events may already be stored: the order of a
   * stream holds per event id and position, not by arrival alone.
   * @throws PublishFailedError, after all outstanding acknowledgements settled or time was up
   */
  async publishBatch(
    events: readonly OutgoingEvent[],
  ): Promise<{ readonly stored: number; readonly duplicates: number }> {
    if (!this.bus.connected) {
      const reason = 'there is no connection';
      throw new PublishFailedError({ events: events.length, acknowledged: 0, reason });
    }
    this.batchCount += 1;
    const token = String(this.batchCount);
    const acknowledgements = new Acknowledgements();
    this.listen();
    this.batches.set(token, acknowledgements);
    try {
      await this.sendAll(events, acknowledgements, `${this.inbox}.${token}`);
      await acknowledgements.until(1, this.deadlineMs);
    } finally {
      this.batches.delete(token);
    }
    return acknowledgements.outcome(events.length);
  }

  /** Ends waiting batches with an error; what was sent may still be stored. */
  close(): void {
    this.forget();
    this.abandonAll('the publisher was closed');
    if (this.bus.connected) this.subscription?.unsubscribe();
    this.subscription = undefined;
  }

  private async sendAll(
    events: readonly OutgoingEvent[],
    acknowledgements: Acknowledgements,
    reply: string,
  ): Promise<void> {
    for (const event of events) {
      if (acknowledgements.outstanding >= this.window) {
        await acknowledgements.until(this.window / 2, this.deadlineMs);
      }
      if (acknowledgements.failed) return;
      try {
        this.bus.nats.publish(event.subject, event.payload, { reply, headers: headersOf(event) });
        acknowledgements.expectOne();
      } catch (error) {
        acknowledgements.fail(`${event.id} cannot be sent: ${reasonOf(error)}`);
        return;
      }
    }
  }

  private listen(): void {
    if (this.subscription !== undefined && !this.subscription.isClosed()) return;
    this.subscription = this.bus.nats.subscribe(`${this.inbox}.*`, {
      callback: (error, message) => {
        if (error !== null) {
          this.abandonAll(reasonOf(error));
          return;
        }
        const token = message.subject.slice(this.inbox.length + 1);
        this.batches.get(token)?.receive(message);
      },
    });
  }

  private abandonAll(reason: string): void {
    for (const acknowledgements of this.batches.values()) acknowledgements.abandon(reason);
  }
}

function headersOf(event: OutgoingEvent): MsgHdrs {
  const written = headers();
  written.set('Nats-Msg-Id', event.id);
  for (const [name, value] of Object.entries(event.headers ?? {})) written.set(name, value);
  return written;
}
