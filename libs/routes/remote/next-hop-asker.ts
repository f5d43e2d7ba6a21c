import {
  BadQuoteError,
  type CurvelessRoute,
  type RemoteFailure,
  type RemoteQuoteRules,
} from '#domain/routing';
import {
  encodeIlp,
  type IlpError,
  ilpEntry,
  type IlqpRequest,
  type ProtocolData,
  protocolEntry,
  SUB_PROTOCOL,
} from '#protocol';
import { PeerNotConnectedError, PeerSilentError, type RemotePeers } from '#messaging';
import { rememberedError } from './remembered-error';
import type { RemoteQuoteMetrics } from './remote-quote-metrics';

export interface NextHopLimits {
  /** How long a next hop may take to answer. */
  readonly remoteQuoteMs: number;
  /** Questions to one peer, and to all, that are not answered yet. */
  readonly remoteQuotesPerPeerAtOnce: number;
  readonly remoteQuotesAtOnce: number;
}

export interface NextHopAskerParts {
  readonly peers: Pick<RemotePeers, 'ask'>;
  readonly limits: NextHopLimits;
  readonly rules: RemoteQuoteRules;
  readonly metrics: RemoteQuoteMetrics;
  readonly clock: () => number;
}

type Reader<T> = (
  answer: Buffer,
  asked: {
    readonly route: CurvelessRoute;
    readonly request: IlqpRequest;
    readonly nowMs: number;
    readonly rules: RemoteQuoteRules;
  },
) => T | IlpError;

/** An answer, or why there is none. */
export type Answered<T> = { readonly answer: T } | { readonly failure: RemoteFailure };

/** Asks next hops over their sessions, few at a time, and judges what they answer (SPEC §12.3). */
export class NextHopAsker {
  private readonly outstanding = new Map<string, number>();
  private all = 0;

  constructor(private readonly parts: NextHopAskerParts) {}

  /** Questions that are not answered yet. */
  get unanswered(): number {
    return this.all;
  }

  /** Never rejects. */
  async ask<T extends object>(
    route: CurvelessRoute,
    request: IlqpRequest,
    read: Reader<T>,
  ): Promise<Answered<T>> {
    const { ledgerId } = route.next;
    const { metrics, clock } = this.parts;
    const busy = this.busyWith(ledgerId);
    if (busy !== undefined) return busy;
    const begunMs = clock();
    this.count(ledgerId, 1);
    metrics.asked(request.type === 'liquidity-request' ? 'liquidity' : 'amount');
    try {
      const entries = await this.send(route, request);
      metrics.answered(clock() - begunMs);
      return this.judge(entries, { route, request, read });
    } catch (error) {
      return this.unanswerable(route, error);
    } finally {
      this.count(ledgerId, -1);
    }
  }

  private async send(
    route: CurvelessRoute,
    request: IlqpRequest,
  ): Promise<readonly ProtocolData[]> {
    const { peers, limits } = this.parts;
    const answer = await peers.ask(route.next.ledgerId, {
      protocolData: [ilpEntry(encodeIlp(request))],
      withinMs: limits.remoteQuoteMs,
    });
    if (answer.type === 'error') throw new RefusedQuoteError(answer.name);
    return answer.protocolData;
  }

  private judge<T extends object>(
    entries: readonly ProtocolData[],
    asked: { route: CurvelessRoute; request: IlqpRequest; read: Reader<T> },
  ): Answered<T> {
    const { rules, clock, metrics } = this.parts;
    const { route, request, read } = asked;
    const entry = protocolEntry(entries, SUB_PROTOCOL.ilp);
    if (entry === undefined) throw new BadQuoteError('undecodable');
    const answer = read(entry.data, { route, request, nowMs: clock(), rules });
    if (!isError(answer)) return { answer };
    metrics.failed('refused');
    return { failure: { kind: 'relayed', error: rememberedError(answer) } };
  }

  private busyWith(ledgerId: string): { failure: RemoteFailure } | undefined {
    const { limits, metrics } = this.parts;
    const perPeer = this.outstanding.get(ledgerId) ?? 0;
    if (perPeer >= limits.remoteQuotesPerPeerAtOnce) {
      metrics.failed('peer-busy');
      return own('T05', 'The next connector is being asked for too many quotes');
    }
    if (this.all < limits.remoteQuotesAtOnce) return undefined;
    metrics.failed('busy');
    return own('T03', 'Too many quotes of other connectors are being asked for');
  }

  private unanswerable({ nextHop }: CurvelessRoute, error: unknown): { failure: RemoteFailure } {
    this.parts.metrics.failed(reasonOf(error));
    return own('T01', `${nextHop} gave no quote: ${wordsFor(error)}`);
  }

  private count(ledgerId: string, more: 1 | -1): void {
    this.all += more;
    const left = (this.outstanding.get(ledgerId) ?? 0) + more;
    if (left === 0) this.outstanding.delete(ledgerId);
    else this.outstanding.set(ledgerId, left);
  }
}

/** The peer answered the Message with an Error. */
class RefusedQuoteError extends Error {
  override readonly name = 'RefusedQuoteError';

  constructor(readonly errorName: string) {
    super(`the peer answered with ${errorName}`);
  }
}

function own(
  code: Extract<RemoteFailure, { kind: 'own' }>['code'],
  message: string,
): { failure: RemoteFailure } {
  return { failure: { kind: 'own', code, message } };
}

function isError(answer: object): answer is IlpError {
  return 'type' in answer && answer.type === 'error';
}

/** For the metrics: of a few words only. */
function reasonOf(error: unknown): string {
  if (error instanceof BadQuoteError) return error.fault;
  if (error instanceof PeerSilentError) return 'silent';
  if (error instanceof PeerNotConnectedError) return 'not-connected';
  return error instanceof RefusedQuoteError ? 'error' : 'unreachable';
}

/** For the payer, who has no business with what goes on inside. */
function wordsFor(error: unknown): string {
  if (error instanceof BadQuoteError) return `its answer cannot be used (${error.fault})`;
  if (error instanceof PeerSilentError) return 'it does not answer';
  if (error instanceof PeerNotConnectedError) return 'it is not connected';
  return error instanceof RefusedQuoteError ? 'it refuses to answer' : 'it cannot be reached';
}
