import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { GatewayLimits } from '../gateway-limits';
import type { GatewayMetrics } from '../gateway-metrics';
import type { Clock } from '../sessions/wire';
import { collectBody } from './collect-body';
import { replyJson } from './reply';
import { refusal, type RpcDesk } from './rpc-desk';

/** A peer that may call us. */
export interface RpcCaller {
  readonly peerId: string;
  readonly prefix: string;
  readonly token: string;
  readonly desk: Pick<RpcDesk, 'receive'>;
  /** It has shown who it is. */
  readonly onCall: () => void;
}

export interface RpcReceptionParts {
  readonly path: string;
  readonly limits: Pick<GatewayLimits, 'frameBytes' | 'requestTimeoutMs' | 'inFlightPerPeer'>;
  readonly metrics: GatewayMetrics;
  readonly clock: Clock;
  readonly isDraining: () => boolean;
  /** Peers are still looked for, so a prefix that is unknown now may be known in a moment. */
  readonly awaitsPeers: () => boolean;
}

/** How a call is turned away before anybody has read it. */
interface Turned {
  readonly status: number;
  readonly message: string;
}

interface KnownCaller {
  readonly caller: RpcCaller;
  readonly digest: Buffer;
  /** Calls that have begun and are not answered yet. */
  open: number;
}

interface OpenCall {
  readonly response: ServerResponse;
  readonly sinceMs: number;
}

const KEY_BYTES = 32;
const BEARER = /^Bearer +([!-~]+)$/i;
const CLOSE = { connection: 'close' };

/**
 * The path at which peers call us (SPEC §8.7). Finds out who calls before it reads what, and closes a
 * connection on which nothing is answered in time. Of tokens it keeps digests only, under a key that
 * dies with the process.
 */
export class RpcReception {
  private readonly key = randomBytes(KEY_BYTES);
  /** By the prefix of the ledger, under which each peer stands once. */
  private readonly callers = new Map<string, KnownCaller>();
  private readonly prefixes = new Map<string, string>();
  /** Longest open first. */
  private readonly open = new Set<OpenCall>();

  constructor(private readonly parts: RpcReceptionParts) {}

  /** Takes a caller in place of whoever was known as the same peer. */
  learn(caller: RpcCaller): void {
    this.forget(caller.peerId);
    this.callers.set(caller.prefix, { caller, digest: this.digestOf(caller.token), open: 0 });
    this.prefixes.set(caller.peerId, caller.prefix);
  }

  /** Calls of this peer are a stranger's from now on; those that have begun are answered. */
  forget(peerId: string): void {
    const prefix = this.prefixes.get(peerId);
    if (prefix === undefined) return;
    this.prefixes.delete(peerId);
    if (this.callers.get(prefix)?.caller.peerId === peerId) this.callers.delete(prefix);
  }

  /**
   * @param admitted called when the connection has shown to be a peer's
   * @returns whether the request is one for this path
   */
  receive(request: IncomingMessage, response: ServerResponse, admitted: () => void): boolean {
    const [path, query = ''] = (request.url ?? '').split('?', 2);
    if (path !== this.parts.path) return false;
    const asked = new URLSearchParams(query);
    const found = this.recognise(request, asked);
    if ('status' in found) {
      turnAway(response, found);
      return true;
    }
    admitted();
    found.caller.onCall();
    const obstacle = this.obstacleTo(request, found);
    if (obstacle !== undefined) turnAway(response, obstacle);
    else this.read(asked.get('method') ?? '', { request, response }, found);
    return true;
  }

  sweep(nowMs: number): void {
    for (const call of this.open) {
      if (nowMs - call.sinceMs < this.parts.limits.requestTimeoutMs) return;
      call.response.destroy();
      this.open.delete(call);
    }
  }

  /** Nobody gets an answer any more. */
  close(): void {
    for (const { response } of this.open) response.destroy();
    this.open.clear();
  }

  private recognise(request: IncomingMessage, asked: URLSearchParams): KnownCaller | Turned {
    if (request.method !== 'POST') return { status: 405, message: 'calls are made by POST' };
    const prefix = asked.get('prefix');
    const token = BEARER.exec(request.headers.authorization ?? '')?.[1];
    if (prefix === null || token === undefined) {
      return { status: 401, message: 'a call needs a prefix and a token' };
    }
    const known = this.callers.get(prefix);
    if (known === undefined) return this.strange();
    if (timingSafeEqual(known.digest, this.digestOf(token))) return known;
    this.parts.metrics.admissions['wrong-credentials'] += 1;
    return { status: 403, message: 'the token is wrong' };
  }

  /** A peer takes 404 for a verdict: what we have yet to find must not be denied. */
  private strange(): Turned {
    return this.parts.awaitsPeers()
      ? { status: 503, message: 'this ledger is not known yet' }
      : { status: 404, message: 'there is no ledger of this prefix' };
  }

  private obstacleTo(request: IncomingMessage, { open }: KnownCaller): Turned | undefined {
    const { frameBytes, inFlightPerPeer } = this.parts.limits;
    if (Number(request.headers['content-length'] ?? 0) > frameBytes) return this.tooLong();
    if (open < inFlightPerPeer) return undefined;
    this.parts.metrics.requests['too-many'] += 1;
    return { status: 503, message: 'too many calls wait for their answer' };
  }

  private read(
    method: string,
    { request, response }: { request: IncomingMessage; response: ServerResponse },
    known: KnownCaller,
  ): void {
    const call = { response, sinceMs: this.parts.clock() };
    this.open.add(call);
    known.open += 1;
    response.once('close', () => {
      this.open.delete(call);
      known.open -= 1;
    });
    response.once('finish', () => {
      // A connection that is kept would outlast the shutting down.
      if (this.parts.isDraining()) request.socket.end();
    });
    collectBody(request, this.parts.limits.frameBytes, (body) => {
      if (body === 'too-long') turnAway(response, this.tooLong());
      else if (body !== 'cut-off') known.caller.desk.receive(method, body, response);
    });
  }

  private tooLong(): Turned {
    this.parts.metrics.malformed.oversize += 1;
    return { status: 413, message: `a call must not exceed ${this.parts.limits.frameBytes} bytes` };
  }

  private digestOf(token: string): Buffer {
    return createHmac('sha256', this.key).update(token).digest();
  }
}

/** The connection ends with it: what is left of the request is not worth reading. */
function turnAway(response: ServerResponse, { status, message }: Turned): void {
  const name = status === 503 ? 'UnreachableError' : 'NotAcceptedError';
  replyJson(response, status, refusal(name, message), CLOSE);
}
