import { once } from 'node:events';
import { WebSocket } from 'ws';

/** A socket to the gateway that says only what it is told to, and keeps every frame that comes. */
export class BareCaller {
  readonly frames: Buffer[] = [];
  /** Resolves with the closing code of the WebSocket. */
  readonly ended: Promise<number>;

  private constructor(readonly socket: WebSocket) {
    socket.on('error', () => undefined);
    socket.on('message', (data: Buffer) => this.frames.push(data));
    this.ended = new Promise((resolve) => socket.once('close', resolve));
  }

  static async to(url: string): Promise<BareCaller> {
    const caller = new BareCaller(new WebSocket(url));
    await once(caller.socket, 'open');
    return caller;
  }

  /** The first frame that came, or the next to come. */
  async hears(): Promise<Buffer> {
    const [frame] = this.frames;
    if (frame !== undefined) return frame;
    const [data] = (await once(this.socket, 'message')) as [Buffer];
    return data;
  }
}
