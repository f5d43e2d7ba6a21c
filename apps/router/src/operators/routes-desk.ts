import {
  type ExplainReply,
  type HeardReply,
  type PeerRoutesQuestion,
  readExplainQuestion,
  readPeerRoutesQuestion,
  readRoutesQuestion,
  ROUTES_REFUSAL,
  type RoutesReply,
} from '#contracts';
import type { ListedWay, RoutingTables } from '#domain/routing';
import { ControlRefusal } from '#messaging';
import { explainPayment } from './explain-payment';
import { copyOf, pageOf, pointsOf, timeOf } from './plain-routes';

/** What is known of a peer that told routes, beside the routes. */
export interface HeardOf {
  readonly heardAtMs: number;
  readonly holdDownMs: number;
  readonly showsV21: boolean;
  readonly fullTableAskedMs?: number | undefined;
  readonly updates: number;
  readonly skipped: Readonly<Record<string, number>>;
  readonly unused: readonly (readonly [destination: string, reason: string])[];
  readonly refusal?:
    (Readonly<Record<'member' | 'rule', string>> & { readonly atMs: number }) | undefined;
}

export interface RoutesDeskPorts {
  readonly tables: RoutingTables;
  readonly heardOf: (peerId: string) => HeardOf | undefined;
  readonly clock: () => number;
}

/** Answers operators from the tables of this process. */
export class RoutesDesk {
  constructor(private readonly ports: RoutesDeskPorts) {}

  /** @throws ControlRefusal `bad-request` */
  routes(asked: unknown): RoutesReply {
    const { limit, ...range } = questionIn(readRoutesQuestion(asked));
    const listed = this.ports.tables.list({ ...range, limit: limit + 1 });
    const written = listed.map(({ destination, ways }) => {
      return { destination, ways: ways.map(listedWay) };
    });
    const { entries, next } = pageOf(written, limit);
    return { routes: entries, next };
  }

  /** @throws ControlRefusal `bad-request`, `unknown-ledger` */
  explain(asked: unknown): ExplainReply {
    const question = questionIn(readExplainQuestion(asked));
    const reply = explainPayment(this.ports.tables, question, this.ports.clock());
    if (reply !== undefined) return reply;
    throw new ControlRefusal(ROUTES_REFUSAL.unknownLedger, `there is no ledger ${question.from}`);
  }

  /** @throws ControlRefusal `bad-request`, `unknown-peer` */
  heard(asked: unknown): HeardReply {
    const question = questionIn(readPeerRoutesQuestion(asked));
    const { peerId, limit, ...range } = question;
    const { tables, heardOf } = this.ports;
    const ledger = tables.ledger(peerId);
    if (ledger === undefined) throw unknownPeer(peerId);
    const listed = tables.list({ ...range, limit: limit + 1, learntOn: peerId });
    const written = listed.flatMap(({ destination, ways }) =>
      ways.map(({ curve, minMessageWindowS, paths, expiresAtMs }) => ({
        destination,
        points: pointsOf(curve),
        minMessageWindowS: minMessageWindowS ?? null,
        paths: copyOf(paths),
        expiresAt: timeOf(expiresAtMs),
      })),
    );
    const { entries, next } = pageOf(written, limit);
    const heard = heardOf(peerId);
    return {
      peer: peerId,
      connected: ledger.isConnected,
      ...saidBy(heard),
      count: tables.countLearntOn(peerId),
      routes: entries,
      next,
    };
  }
}

/** @throws ControlRefusal `bad-request` that names every member that is wrong */
export function questionIn<T>(
  reading:
    | { readonly question: T }
    | { readonly problems: readonly { readonly field: string; readonly rule: string }[] },
): T {
  if ('question' in reading) return reading.question;
  const rules = reading.problems.map(({ field, rule }) => `${field}: ${rule}`);
  throw new ControlRefusal(ROUTES_REFUSAL.badQuestion, rules.join('; '));
}

export function unknownPeer(peerId: PeerRoutesQuestion['peerId']): ControlRefusal {
  return new ControlRefusal(
    ROUTES_REFUSAL.unknownPeer,
    `no routes are exchanged with a peer ${peerId}`,
  );
}

const NEVER = { heardAtMs: undefined, holdDownMs: undefined };

function saidBy(heard: HeardOf | undefined) {
  // It may have said nothing but what is no update.
  const { heardAtMs, holdDownMs } = heard === undefined || heard.updates === 0 ? NEVER : heard;
  return {
    heardAt: timeOf(heardAtMs),
    holdDownMs: holdDownMs ?? null,
    showsV21: heard?.showsV21 ?? false,
    fullTableAskedAt: timeOf(heard?.fullTableAskedMs),
    updates: heard?.updates ?? 0,
    skipped: { ...heard?.skipped },
    unused: (heard?.unused ?? []).map(([destination, reason]) => ({ destination, reason })),
    refusal: refusalOf(heard?.refusal),
  };
}

function refusalOf(refusal: HeardOf['refusal']): HeardReply['refusal'] {
  if (refusal === undefined) return null;
  const { atMs, member, rule } = refusal;
  return { at: timeOf(atMs), member, rule };
}

function listedWay(way: ListedWay): RoutesReply['routes'][number]['ways'][number] {
  const { kind, nextPrefix, nextHop, length, curve, minMessageWindowS, paths } = way;
  return {
    kind,
    nextPrefix,
    nextHop: nextHop ?? null,
    length,
    points: pointsOf(curve),
    minMessageWindowS: minMessageWindowS ?? null,
    paths: copyOf(paths),
    expiresAt: timeOf(way.expiresAtMs),
    connected: way.isConnected,
  };
}
