import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';

/** A TCP connection to a port of this machine that can be cut and mended. */
export class CutLine {
  /** Connections that were made over it. */
  opened = 0;
  private readonly sockets = new Set<Socket>();
  private isCut = false;

  private constructor(
    private readonly server: Server,
    readonly port: number,
  ) {}

  static async to(target: number): Promise<CutLine> {
    const server = createServer({ allowHalfOpen: true }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    if (typeof address !== 'object' || address === null) throw new Error('not a port');
    const line = new CutLine(server, address.port);
    server.on('connection', (caller) => {
      line.join(caller, target);
    });
    return line;
  }

  /** Connections that there are at the moment. */
  get open(): number {
    return this.sockets.size;
  }

  cut(): void {
    this.isCut = true;
    for (const socket of this.sockets) socket.destroy();
  }

  mend(): void {
    this.isCut = false;
  }

  async close(): Promise<void> {
    this.cut();
    this.server.close();
    if (this.server.listening) await once(this.server, 'close');
  }

  private join(caller: Socket, target: number): void {
    if (this.isCut) {
      caller.destroy();
      return;
    }
    this.opened += 1;
    this.sockets.add(caller);
    const called = connect({ port: target, host: '127.0.0.1', allowHalfOpen: true });
    caller.pipe(called).pipe(caller);
    for (const socket of [caller, called]) {
      socket.on('error', () => undefined);
      socket.once('close', () => {
        this.sockets.delete(caller);
        caller.destroy();
        called.destroy();
      });
    }
  }
}
