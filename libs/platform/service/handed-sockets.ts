import { Socket } from 'node:net';

/**
 * Connections that the supervisor accepts for several processes and hands to this one, one at a time. It keeps its copy
 * of a socket until it hears that the socket was taken, so what is refused goes to another process, and the peer does
 * not notice.
 */
export class HandedSockets {
  private receive: ((socket: Socket) => void) | undefined;

  /** From now on connections are taken; before, and after `refuse`, none is. */
  take(receive: (socket: Socket) => void): void {
    this.receive = receive;
  }

  refuse(): void {
    this.receive = undefined;
  }

  /**
   * Must be called in the turn of the event loop in which `handle` came: nothing has been read from it by then.
   * @returns whether it was taken
   */
  offer(handle: unknown): boolean {
    // It was closed before it could be sent: there is nothing for anybody to take.
    if (!(handle instanceof Socket)) return true;
    if (this.receive === undefined) handle.destroy();
    else this.receive(handle);
    return this.receive !== undefined;
  }
}
