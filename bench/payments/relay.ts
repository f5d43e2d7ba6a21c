import { WebSocketServer, type WebSocket } from 'ws';
import { kindOf, responseTo } from './frames';

/**
 * The baseline, in a process of its own: passes the same eight frames per payment between the same two peers and
 * keeps nothing. What a payment costs here is the price of the wire and of the load generator. Tells its starter
 * its port, and ends with it.
 */
export function runRelay(): void {
  const sockets = new Map<string, WebSocket>();
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: false });
  server.on('connection', (socket) => {
    let other: string | undefined;
    socket.on('message', (frame: Buffer) => {
      const kind = kindOf(frame);
      if (other === undefined) {
        const isSender = frame.includes('sender');
        other = isSender ? 'receiver' : 'sender';
        sockets.set(isSender ? 'sender' : 'receiver', socket);
        socket.send(responseTo(frame));
      } else if (kind === 'prepare' || kind === 'fulfill') {
        socket.send(responseTo(frame));
        sockets.get(other)?.send(frame);
      }
    });
  });
  server.on('listening', () => {
    const address = server.address();
    if (typeof address === 'object' && address !== null) process.send?.({ port: address.port });
  });
  process.on('disconnect', () => process.exit(0));
}
