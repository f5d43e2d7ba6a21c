import { Logger } from '@nestjs/common';
import type { Msg, Subscription } from 'nats';
import type { Listening } from './batched-link';
import { reasonOf } from './bus-errors';
import { ControlRefusal } from './control-server';
import type { BusConnection } from './nats-connection';

/** Answers one question; what it throws refuses, with its code if it is a `ControlRefusal`. */
export type ControlHandler = (data: unknown) => Promise<unknown>;

/**
 * Answers questions of the control plane on subjects that come and go while the process runs, which
 * `@MessagePattern` cannot. It speaks what `ControlClient` and Nest's transport speak.
 */
export class ControlListener {
  private readonly logger = new Logger(ControlListener.name);

  constructor(private readonly bus: BusConnection) {}

  /**
   * `stop` hears what is already on its way and resolves when everything heard is answered.
   * @param queue of all who listen under the same name, one hears each question
   */
  listen(subject: string, handler: ControlHandler, queue?: string): Listening {
    const atWork = new Set<Promise<void>>();
    const subscription = this.bus.nats.subscribe(subject, {
      ...(queue !== undefined && { queue }),
      callback: (error, message) => {
        if (error !== null) {
          this.logger.error(`${subject} cannot be heard: ${error.message}`);
          return;
        }
        const work = this.answer(message, handler).finally(() => atWork.delete(work));
        atWork.add(work);
      },
    });
    return {
      stop: async () => {
        await this.endSubscription(subscription);
        await Promise.all(atWork);
      },
    };
  }

  private async endSubscription(subscription: Subscription): Promise<void> {
    if (subscription.isClosed() || this.bus.nats.isClosed()) return;
    if (this.bus.connected) await subscription.drain();
    else subscription.unsubscribe();
  }

  /** Never rejects. */
  private async answer(message: Msg, handler: ControlHandler): Promise<void> {
    const question = questionOf(message);
    if (question === undefined) {
      this.respond(message, refusal('unreadable', 'the question cannot be read'));
      return;
    }
    try {
      const response = await handler(question.data);
      this.respond(message, { response, id: question.id, isDisposed: true });
    } catch (error) {
      this.respond(message, { ...this.refusalOf(message.subject, error), id: question.id });
    }
  }

  private refusalOf(subject: string, error: unknown): object {
    if (error instanceof ControlRefusal) return refusal(error.code, error.message);
    this.logger.error(`${subject}: ${reasonOf(error)}`);
    return refusal('internal', 'Internal server error');
  }

  private respond(message: Msg, packet: object): void {
    try {
      message.respond(JSON.stringify(packet));
    } catch (error) {
      this.logger.error(`an answer could not be sent: ${reasonOf(error)}`);
      if (this.bus.connected) message.respond(JSON.stringify(refusal('internal', 'no answer')));
    }
  }
}

function questionOf(message: Msg): { readonly data: unknown; readonly id: unknown } | undefined {
  try {
    const packet: unknown = message.json();
    if (typeof packet !== 'object' || packet === null) return undefined;
    const { data, id }: { data?: unknown; id?: unknown } = packet;
    return { data, id };
  } catch {
    return undefined;
  }
}

function refusal(code: string, message: string): object {
  return { err: { status: 'error', code, message }, isDisposed: true };
}
