import type { Msg } from 'nats';
import { PublishFailedError } from './publish-failed-error';

const NO_STREAM = 503;
const ERROR_MARK = '"error"';
const STORED_MARK = '"seq"';
/** The server writes it with a space, other ways to write JSON do not. */
const DUPLICATE = /"duplicate":\s*true/;

/** The acknowledgements that one batch still waits for. Counts, so that an event costs no promise. */
export class Acknowledgements {
  private sent = 0;
  private settled = 0;
  private duplicates = 0;
  private failure: string | undefined;
  private refused = 0;
  private abandoned = false;
  private waiting: { readonly below: number; readonly wake: () => void } | undefined;

  get outstanding(): number {
    return this.sent - this.settled;
  }

  get failed(): boolean {
    return this.failure !== undefined;
  }

  expectOne(): void {
    this.sent += 1;
  }

  /** The server's answer to one event: stored, stored before, or an error. */
  receive(message: Msg): void {
    this.settled += 1;
    const { data } = message;
    const text = Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('latin1');
    if (text.includes(ERROR_MARK) || !text.includes(STORED_MARK)) this.refuse(message, text);
    else if (DUPLICATE.test(text)) this.duplicates += 1;
    if (this.waiting !== undefined && this.outstanding < this.waiting.below) this.waiting.wake();
  }

  /** The batch has failed, but what was sent will still be answered. */
  fail(reason: string): void {
    this.failure ??= reason;
  }

  /** Nothing more will be heard. */
  abandon(reason: string): void {
    this.failure ??= reason;
    this.abandoned = true;
    this.waiting?.wake();
  }

  /** Resolves when fewer than `below` are outstanding, the batch is abandoned, or time is up. */
  async until(below: number, deadlineMs: number): Promise<void> {
    if (this.outstanding < below || this.abandoned) return;
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve) => {
      this.waiting = { below, wake: resolve };
      timer = setTimeout(() => {
        this.abandon(`no acknowledgement within ${deadlineMs} ms`);
      }, deadlineMs);
    });
    clearTimeout(timer);
    this.waiting = undefined;
  }

  /** @throws PublishFailedError unless all was acknowledged */
  outcome(events: number): { readonly stored: number; readonly duplicates: number } {
    const stored = this.settled - this.refused - this.duplicates;
    if (this.failure !== undefined) {
      const acknowledged = stored + this.duplicates;
      throw new PublishFailedError({ events, acknowledged, reason: this.failure });
    }
    return { stored, duplicates: this.duplicates };
  }

  private refuse(message: Msg, text: string): void {
    this.refused += 1;
    const noStream = text === '' && message.headers?.code === NO_STREAM;
    this.fail(noStream ? 'no stream takes the subject' : describe(text));
  }
}

function describe(text: string): string {
  const described = /"description":"([^"]*)"/.exec(text)?.[1];
  return described ?? 'the acknowledgement cannot be read';
}
