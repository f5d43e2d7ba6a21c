import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** A process that can be handed connections. */
export interface Receiver {
  /** It runs, and has not said that it leaves. */
  readonly isTaking: boolean;
  /** `failed` is called if the connection could not be handed over; it may be offered to another. */
  hand(socket: Socket, failed: () => void): void;
}

export interface FrontDoorLimits {
  /** Connections that wait for a process to take them; further ones are closed. */
  readonly waiting: number;
  /** How long they wait. */
  readonly waitMs: number;
}

interface Waiting {
  readonly timer: NodeJS.Timeout;
}

/**
 * The one port of several processes of a service: accepts connections, reads nothing of them, and
 * hands each to the next process in turn. While none is there, as in a restart of all, they wait.
 */
export class FrontDoor {
  private readonly server: Server;
  private readonly waiting = new Map<Socket, Waiting>();
  private next = 0;

  constructor(
    private readonly receivers: readonly Receiver[],
    private readonly limits: FrontDoorLimits,
  ) {
    this.server = createServer({ pauseOnConnect: true, noDelay: true }, (socket) => {
      this.place(socket);
    });
  }

  /** @returns where it listens; port 0 asks for a free one */
  listen({ host, port }: { readonly host: string; readonly port: number }): Promise<AddressInfo> {
    return new Promise((resolve, reject) => {
      this.server.once('error', reject);
      this.server.listen(port, host, () => {
        this.server.removeListener('error', reject);
        const address = this.server.address();
        if (address === null || typeof address === 'string') reject(new Error('not on a port'));
        else resolve(address);
      });
    });
  }

  /** A process has become ready: whoever waits is handed over. */
  open(): void {
    for (const [socket, { timer }] of [...this.waiting]) {
      clearTimeout(timer);
      this.waiting.delete(socket);
      this.place(socket);
    }
  }

  close(): void {
    this.server.close();
    for (const socket of [...this.waiting.keys()]) this.sendAway(socket);
  }

  private place(socket: Socket): void {
    const receiver = this.nextTaking();
    if (receiver === undefined) {
      this.keepWaiting(socket);
      return;
    }
    receiver.hand(socket, () => {
      this.place(socket);
    });
  }

  private nextTaking(): Receiver | undefined {
    const from = this.next % this.receivers.length;
    const inTurn = [...this.receivers.slice(from), ...this.receivers.slice(0, from)];
    const chosen = inTurn.findIndex(({ isTaking }) => isTaking);
    this.next = from + chosen + 1;
    return inTurn[chosen];
  }

  private keepWaiting(socket: Socket): void {
    if (socket.destroyed || this.waiting.size >= this.limits.waiting || !this.server.listening) {
      socket.destroy();
      return;
    }
    const timer = setTimeout(() => {
      this.sendAway(socket);
    }, this.limits.waitMs);
    this.waiting.set(socket, { timer });
  }

  private sendAway(socket: Socket): void {
    clearTimeout(this.waiting.get(socket)?.timer);
    this.waiting.delete(socket);
    socket.destroy();
  }
}
