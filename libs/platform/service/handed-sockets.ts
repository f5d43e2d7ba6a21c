import { Socket } from 'node:net';

/** What the supervisor says with a connection that it hands over. */
export const HANDED_SOCKET = { type: 'socket' } as const;

/** Connections that the supervisor has accepted for this process. */
export class HandedSockets {
  /** Those that come before are kept waiting by nobody: take them as soon as the process runs. */
  take(receive: (socket: Socket) => void): void {
    process.on('message', (raw: unknown, handle: unknown) => {
      if (isHanded(raw) && handle instanceof Socket) receive(handle);
    });
  }
}

function isHanded(raw: unknown): boolean {
  return (
    typeof raw === 'object' && raw !== null && 'type' in raw && raw.type === HANDED_SOCKET.type
  );
}
