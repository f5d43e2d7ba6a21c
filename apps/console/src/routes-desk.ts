import { type HttpException, HttpStatus } from '@nestjs/common';
import {
  type ExplainReply,
  type HeardReply,
  type OrderProblem,
  readExplainQuestion,
  readExplainReply,
  readHeardReply,
  readPeerRoutesQuestion,
  readRoutesQuestion,
  readRoutesReply,
  readToldReply,
  ROUTES_REFUSAL,
  type RoutesReply,
  type Subjects,
  type ToldReply,
} from '#contracts';
import {
  BusClosedError,
  type ControlClient,
  DeadlineExceededError,
  NoResponderError,
  type Question,
  RemoteError,
} from '#messaging';
import { failure, unreadable } from './failure';

/** How long an operator waits for a router. */
const ANSWER_WITHIN_MS = 5_000;

/** A query as it stands in a URL. */
export type RoutesQuery = Readonly<Record<string, unknown>>;

/**
 * Puts questions about routes to the routers. Every failure is `{ error: { kind, message, … } }`:
 * 422 InvalidQuestion, 404 PeerNotFound and LedgerNotFound, 503 RoutesUnavailable.
 */
export class RoutesDesk {
  constructor(
    private readonly control: Pick<ControlClient, 'ask'>,
    private readonly subjects: Pick<
      Subjects,
      'routerRoutes' | 'routerExplain' | 'routerTold' | 'routerHeard'
    >,
    private readonly withinMs = ANSWER_WITHIN_MS,
  ) {}

  /** @throws HttpException */
  routes(query: RoutesQuery): Promise<RoutesReply> {
    const question = questionIn(readRoutesQuestion(withLimit(query)));
    return this.ask(this.subjects.routerRoutes, question, readRoutesReply);
  }

  /** @throws HttpException */
  explain(query: RoutesQuery): Promise<ExplainReply> {
    const question = questionIn(readExplainQuestion(query));
    return this.ask(this.subjects.routerExplain, question, readExplainReply);
  }

  /** @throws HttpException */
  told(peerId: string, query: RoutesQuery): Promise<ToldReply> {
    const question = questionIn(readPeerRoutesQuestion({ ...withLimit(query), peerId }));
    return this.ask(this.subjects.routerTold, question, readToldReply);
  }

  /** @throws HttpException */
  heard(peerId: string, query: RoutesQuery): Promise<HeardReply> {
    const question = questionIn(readPeerRoutesQuestion({ ...withLimit(query), peerId }));
    return this.ask(this.subjects.routerHeard, question, readHeardReply);
  }

  private async ask<T>(subject: string, asked: object, parse: Question<T>['parse']): Promise<T> {
    try {
      return await this.control.ask(subject, asked, { deadlineMs: this.withinMs, parse });
    } catch (error) {
      throw this.refusal(subject, error);
    }
  }

  private refusal(subject: string, error: unknown): unknown {
    if (error instanceof NoResponderError) {
      const isTold = subject === this.subjects.routerTold;
      return unavailable(isTold ? 'no router broadcasts at the moment' : 'no router runs');
    }
    if (error instanceof DeadlineExceededError) {
      return unavailable(`no router answers within ${this.withinMs} ms`);
    }
    if (error instanceof BusClosedError) return unavailable(error.message);
    if (!(error instanceof RemoteError)) return error;
    if (error.code === ROUTES_REFUSAL.unknownPeer) return notFound('PeerNotFound', error.reason);
    if (error.code === ROUTES_REFUSAL.unknownLedger) {
      return notFound('LedgerNotFound', error.reason);
    }
    return unavailable(error.reason);
  }
}

/** In a URL everything is text. */
function withLimit({ limit, ...query }: RoutesQuery): RoutesQuery {
  if (limit === undefined) return query;
  return { ...query, limit: typeof limit === 'string' && /^\d{1,6}$/.test(limit) ? +limit : limit };
}

function questionIn<T>(
  reading: { readonly question: T } | { readonly problems: readonly OrderProblem[] },
): T {
  if ('question' in reading) return reading.question;
  throw unreadable('InvalidQuestion', reading.problems);
}

function notFound(kind: 'PeerNotFound' | 'LedgerNotFound', message: string): HttpException {
  return failure(HttpStatus.NOT_FOUND, { kind, message });
}

function unavailable(why: string): HttpException {
  const message = `routes cannot be asked for now: ${why}`;
  return failure(HttpStatus.SERVICE_UNAVAILABLE, { kind: 'RoutesUnavailable', message });
}
