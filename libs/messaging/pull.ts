import { nanos, type Msg, type Subscription } from 'nats';
import { BusClosedError } from './bus-errors';
import type { BusConnection } from './nats-connection';

export interface PullRequest {
  /** Of the consumer's next messages. */
  readonly subject: string;
  readonly inbox: string;
  readonly batch: number;
  /** How long the server may wait for the first message. */
  readonly waitMs: number;
}

type Ended = 'by-server' | 'by-us';

/** The server says when it ends the request; this much later we no longer wait for that. */
const GRACE_MS = 1_000;

/**
 * One request for the next messages of a consumer. What is there comes at once; is there none, the
 * server waits for one. Ends with nothing when the time is up, the consumer is gone or the
 * connection is lost: which of these, the server's answers cannot be relied upon to tell.
 */
export class Pull {
  private readonly taken: Msg[] = [];
  private finish: (ended: Ended) => void = () => undefined;

  constructor(
    private readonly bus: BusConnection,
    private readonly request: PullRequest,
  ) {}

  /** @throws BusClosedError */
  async messages(signal?: AbortSignal): Promise<readonly Msg[]> {
    if (this.bus.nats.isClosed()) throw new BusClosedError();
    const { batch, waitMs } = this.request;
    if (signal?.aborted === true || !this.bus.connected) return [];
    const ended = await this.ask({ batch, no_wait: true }, signal);
    // Who does not answer is not there; whoever has nothing yet may get something.
    if (this.taken.length === 0 && ended === 'by-server') {
      await this.ask({ batch: 1, expires: nanos(waitMs) }, signal);
    }
    return this.taken;
  }

  /** Until the server has sent all that was asked for, or says that there is no more. */
  private async ask(
    wanted: { readonly batch: number; readonly no_wait?: boolean; readonly expires?: number },
    signal: AbortSignal | undefined,
  ): Promise<Ended> {
    const subscription = this.listen(wanted.batch);
    const done = new Promise<Ended>((resolve) => (this.finish = resolve));
    const abort = (): void => {
      this.finish('by-us');
    };
    const forget = this.bus.onLoss(abort);
    signal?.addEventListener('abort', abort, { once: true });
    const patience = setTimeout(abort, this.request.waitMs + GRACE_MS);
    try {
      this.bus.nats.publish(this.request.subject, JSON.stringify(wanted), {
        reply: subscription.getSubject(),
      });
      return await done;
    } finally {
      clearTimeout(patience);
      signal?.removeEventListener('abort', abort);
      forget();
      if (!this.bus.nats.isClosed()) subscription.unsubscribe();
    }
  }

  private listen(batch: number): Subscription {
    const inbox = `${this.request.inbox}.${nextToken()}`;
    return this.bus.nats.subscribe(inbox, {
      callback: (error, message) => {
        if (error === null && message.subject !== inbox) this.taken.push(message);
        // Under the inbox's own name the server says why it sends no more.
        if (error !== null || message.subject === inbox || this.taken.length >= batch) {
          this.finish('by-server');
        }
      },
    });
  }
}

let tokens = 0;

function nextToken(): number {
  tokens += 1;
  return tokens;
}
