import { encodeHot, type HotMessage } from '#contracts';

/** Sends one entry to a subject of the hot link. */
export type Send = (subject: string, entry: Buffer) => void;

/**
 * What a batch wants the world to hear. Nothing of it leaves before everything that it rests on is
 * committed; if that fails, nothing of it ever does.
 */
export class Effects {
  private readonly messages: { subject: string; entry: Buffer }[] = [];
  private readonly actions: (() => void)[] = [];

  send(subject: string, message: HotMessage): void {
    this.messages.push({ subject, entry: encodeHot(message) });
  }

  afterwards(action: () => void): void {
    this.actions.push(action);
  }

  release(send: Send): void {
    for (const { subject, entry } of this.messages) send(subject, entry);
    for (const action of this.actions) action();
  }
}
