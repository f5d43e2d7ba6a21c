import { createServer, type AddressInfo, type Socket } from 'node:net';

/** A process that can be handed connections. */
export interface Receiver {
  /** It is ready, has not said that it leaves, and has answered for the connection before. */
  readonly isTaking: boolean;
  /**
   * Hands a copy of the socket over; never rejects.
   * @returns whether it was taken; if not, nobody has read from it, and the receiver takes no more for now
   */
  offer(socket: Socket): Promise<boolean>;
}

export interface FrontDoorOptions {
  readonly receivers: readonly Receiver[];
  /** Connections that wait for a process to take them; further ones are closed. */
  readonly waiting: number;
  /** How long one has from its arrival until a process has confirmed it. */
  readonly waitMs: number;
  readonly log: (line: string) => void;
}

interface Visitor {
  readonly socket: Socket;
  readonly patience: NodeJS.Timeout;
  isGone: boolean;
}

/**
 * The one port of several processes of a service: accepts connections, reads nothing of them, and hands each to the
 * next process in turn, one at a time to each, so that none piles up on the way to a process that is busy or stopped.
 * Our copy of a socket is closed once the process has confirmed it; whatever happens before that, another one gets it.
 * While none takes any, as in a restart of all, connections wait.
 */
export class FrontDoor {
  private readonly server = createServer({ pauseOnConnect: true, noDelay: true });
  /** Longest waiting first. */
  private readonly line: Visitor[] = [];
  private latest = -1;
  private isTurningAway = false;

  constructor(private readonly options: FrontDoorOptions) {
    this.server.on('connection', (socket) => {
      this.receive(socket);
    });
  }

  /** @returns where it listens; port 0 asks for a free one */
  listen({ host, port }: { readonly host: string; readonly port: number }): Promise<AddressInfo> {
    const { server } = this;
    return new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, host, () => {
        server.removeListener('error', reject);
        server.on('error', (error) => {
          this.options.log(`the BTP port: ${error.message}`);
        });
        const address = server.address();
        if (address === null || typeof address === 'string') reject(new Error('not on a port'));
        else resolve(address);
      });
    });
  }

  /** To be called when a process has become ready: whoever waits is handed over. */
  open(): void {
    while (this.line.length > 0) {
      const receiver = this.nextTaking();
      if (receiver === undefined) return;
      const visitor = this.line.shift();
      if (visitor !== undefined) void this.hand(visitor, receiver);
    }
  }

  /** Accepts no more, and closes those that nobody has taken yet. */
  close(): void {
    this.server.close();
    for (const visitor of this.line.splice(0)) this.sendAway(visitor);
  }

  private receive(socket: Socket): void {
    // It is no news to anybody that a connection broke which no process had yet.
    socket.on('error', () => undefined);
    if (this.line.length >= this.options.waiting) {
      socket.destroy();
      this.complain();
      return;
    }
    const patience = setTimeout(() => {
      this.sendAway(visitor);
      this.complain();
    }, this.options.waitMs).unref();
    const visitor: Visitor = { socket, patience, isGone: false };
    this.line.push(visitor);
    this.open();
  }

  private nextTaking(): Receiver | undefined {
    const { receivers } = this.options;
    for (let step = 1; step <= receivers.length; step++) {
      const index = (this.latest + step) % receivers.length;
      const receiver = receivers[index];
      if (receiver?.isTaking !== true) continue;
      this.latest = index;
      return receiver;
    }
    return undefined;
  }

  private async hand(visitor: Visitor, receiver: Receiver): Promise<void> {
    const isTaken = await receiver.offer(visitor.socket);
    if (isTaken) {
      this.letGo(visitor);
      this.isTurningAway = false;
    } else if (!this.server.listening) this.sendAway(visitor);
    else if (!visitor.isGone) this.line.unshift(visitor);
    this.open();
  }

  private letGo(visitor: Visitor): void {
    clearTimeout(visitor.patience);
    visitor.isGone = true;
    visitor.socket.destroy();
  }

  /** A process that does not answer may hold a copy: without our FIN the peer would wait for that one. */
  private sendAway(visitor: Visitor): void {
    const place = this.line.indexOf(visitor);
    if (place >= 0) this.line.splice(place, 1);
    clearTimeout(visitor.patience);
    visitor.isGone = true;
    visitor.socket.end(() => {
      visitor.socket.destroy();
    });
  }

  /** Once for each time that it begins, however many it hits. */
  private complain(): void {
    if (this.isTurningAway) return;
    this.isTurningAway = true;
    this.options.log('BTP connections are closed: no gateway takes them');
  }
}
