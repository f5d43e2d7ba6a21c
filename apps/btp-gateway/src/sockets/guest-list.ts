import type { Socket } from 'node:net';
import type { GatewayLimits } from '../gateway-limits';
import type { Admission, GatewayMetrics } from '../gateway-metrics';
import { type Clock, CLOSING_CODE } from '../sessions/wire';
import type { FramedSocket } from './framed-socket';
import { originOf } from './remote-address';

/** How far a connection has come; `refused` is answered, and all that is left is to close. */
export type GuestStage = 'tls' | 'http' | 'websocket' | 'refused';

interface Guest {
  readonly stream: Socket;
  /** Of the connection, whatever it is wrapped in. */
  readonly name: string;
  readonly origin: string;
  readonly sinceMs: number;
  readonly stage: GuestStage;
  /** Set once it speaks WebSocket. */
  readonly framed: FramedSocket | undefined;
}

export interface GuestListParts {
  readonly limits: GatewayLimits;
  readonly metrics: GatewayMetrics;
  readonly clock: Clock;
}

const LATE: Readonly<Record<GuestStage, Admission | undefined>> = {
  tls: 'no-tls',
  http: 'no-upgrade',
  websocket: 'too-late',
  refused: undefined,
};

/**
 * The connections that have not authenticated. Each may take its time for each stage, and no longer.
 * There are never more than the limits, in all and of one address; beyond them whoever has waited
 * longest goes, not whoever comes: an attacker could fill the places and keep everybody out, while
 * an honest peer has left the list within milliseconds.
 */
export class GuestList {
  /** Longest waiting first, by name. */
  private readonly guests = new Map<string, Guest>();
  /** The same by origin. */
  private readonly origins = new Map<string, Map<string, Guest>>();

  constructor(private readonly parts: GuestListParts) {}

  get size(): number {
    return this.guests.size;
  }

  /** A connection that is gone already is not looked at. */
  arrive(stream: Socket, stage: 'tls' | 'http'): void {
    const { remoteAddress } = stream;
    const name = nameOf(stream);
    if (remoteAddress === undefined || name === undefined) {
      stream.destroy();
      return;
    }
    const origin = originOf(remoteAddress);
    this.makeRoom(origin);
    const sinceMs = this.parts.clock();
    this.add({ stream, name, origin, sinceMs, stage, framed: undefined });
    stream.once('close', () => {
      if (this.guests.get(name)?.stream === stream) this.remove(name);
    });
  }

  /**
   * The guest has its time again, for the next stage.
   * @returns false if it is not on the list any more
   */
  advance(stream: Socket, stage: GuestStage, framed?: FramedSocket): boolean {
    const guest = this.guests.get(nameOf(stream) ?? '');
    if (guest === undefined) return false;
    this.remove(guest.name);
    this.add({ ...guest, sinceMs: this.parts.clock(), stage, framed: framed ?? guest.framed });
    return true;
  }

  /** The guest has shown who it is. */
  leave(stream: Socket): void {
    this.remove(nameOf(stream) ?? '');
  }

  /** Sends one away at once. */
  expel(stream: Socket, cause: Admission): void {
    const guest = this.guests.get(nameOf(stream) ?? '');
    if (guest !== undefined) this.drop(guest, cause);
  }

  expelAll(): void {
    for (const guest of [...this.guests.values()]) this.drop(guest, undefined);
  }

  sweep(nowMs: number): void {
    const { authWaitMs, httpRequestMs, tlsHandshakeMs } = this.parts.limits;
    const waitMs: Readonly<Record<GuestStage, number>> = {
      tls: tlsHandshakeMs,
      http: httpRequestMs,
      websocket: authWaitMs,
      refused: authWaitMs,
    };
    for (const guest of this.guests.values()) {
      if (nowMs - guest.sinceMs >= waitMs[guest.stage]) this.dismiss(guest);
    }
  }

  /** A socket that does not even close gets no longer than another wait. */
  private dismiss(guest: Guest): void {
    const { stream, stage, framed } = guest;
    const cause = LATE[stage];
    if (framed === undefined || stage === 'refused') {
      this.drop(guest, cause);
      return;
    }
    framed.close(CLOSING_CODE.normal, 'no auth in time');
    this.advance(stream, 'refused');
    if (cause !== undefined) this.parts.metrics.admissions[cause] += 1;
  }

  private makeRoom(origin: string): void {
    const { unauthenticatedSockets, unauthenticatedSocketsPerAddress } = this.parts.limits;
    const neighbours = this.origins.get(origin);
    if (neighbours !== undefined && neighbours.size >= unauthenticatedSocketsPerAddress) {
      for (const guest of neighbours.values()) {
        this.drop(guest, 'too-many-from-address');
        return;
      }
    }
    if (this.guests.size < unauthenticatedSockets) return;
    for (const guest of this.guests.values()) {
      this.drop(guest, 'too-many');
      return;
    }
  }

  private drop(guest: Guest, cause: Admission | undefined): void {
    this.remove(guest.name);
    guest.stream.destroy();
    if (cause !== undefined) this.parts.metrics.admissions[cause] += 1;
  }

  private add(guest: Guest): void {
    this.guests.set(guest.name, guest);
    const neighbours = this.origins.get(guest.origin) ?? new Map<string, Guest>();
    neighbours.set(guest.name, guest);
    this.origins.set(guest.origin, neighbours);
  }

  private remove(name: string): void {
    const guest = this.guests.get(name);
    if (guest === undefined) return;
    this.guests.delete(name);
    const neighbours = this.origins.get(guest.origin);
    neighbours?.delete(name);
    if (neighbours?.size === 0) this.origins.delete(guest.origin);
  }
}

/** The same for a connection and for TLS on top of it; undefined once it is gone. */
function nameOf(stream: Socket): string | undefined {
  const { remoteAddress, remotePort, localAddress, localPort } = stream;
  if (remoteAddress === undefined || remotePort === undefined) return undefined;
  return `${remoteAddress} ${remotePort} ${localAddress ?? ''} ${localPort ?? ''}`;
}
