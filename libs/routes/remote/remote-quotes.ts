import {
  amountRequest,
  type CurvelessRoute,
  liquidityRequest,
  type QuotedAmount,
  type QuotedRoute,
  readQuotedAmount,
  readQuotedTail,
  type RemoteFailure,
  type RemoteOutcome,
  type RemoteQuoteNeeded,
  type RoutingTables,
} from '#domain/routing';
import { NextHopAsker, type NextHopAskerParts } from './next-hop-asker';
import type { RemoteQuoteFigures, RemoteQuoteMetrics } from './remote-quote-metrics';
import { questionKey, type SharedQuote } from './shared-quote';
import { type Claim, SharedQuotes, type SharedQuotesParts } from './shared-quotes';

export interface RemoteQuotesParts extends NextHopAskerParts {
  readonly tables: RoutingTables;
  readonly bucket: SharedQuotesParts['bucket'];
  /** Names this process. */
  readonly instanceId: string;
  /** So many questions are remembered, and so many quotes wait for their routes to be known. */
  readonly maxKeys: number;
}

/** What came of a question for liquidity. */
type Settled = { readonly kind: 'quoted' } | Failed;
type Failed = Extract<RemoteOutcome, { kind: 'failed' }>;

interface Lane {
  readonly destination: string;
  readonly settled: Promise<Settled>;
}

/** One question to one next hop. */
interface Errand {
  readonly route: CurvelessRoute;
  readonly about: QuotedRoute;
  readonly needed: RemoteQuoteNeeded;
}

const QUOTED = { kind: 'quoted' } as const;
/** A next hop that quotes amounts only is not asked for liquidity again so soon. */
const AMOUNTS_ONLY_MS = 600_000;
/** Next hops of which that is remembered. */
const AMOUNTS_ONLY_KEPT = 10_000;
/** Beyond the time that the next hop has: for telling the others. */
const TELLING_MS = 500;

/**
 * Quotes of next hops, for routes of which nobody told what they take (SPEC §12.3). Of all that need
 * the same quote, in whatever process, one asks for it; what it is told all tables know until it
 * expires.
 */
export class RemoteQuotes {
  private readonly asker: NextHopAsker;
  private readonly shared: SharedQuotes;
  private readonly metrics: RemoteQuoteMetrics;
  private readonly lanes = new Map<string, Lane>();
  private readonly amountLanes = new Map<string, Promise<RemoteOutcome>>();
  /** Until when: next hops that answer no questions for liquidity (D-37). */
  private readonly amountsOnly = new Map<string, number>();
  /** Quotes for routes that this process does not know yet, by route. */
  private readonly early = new Map<string, Extract<SharedQuote, { kind: 'quoted' }>[]>();

  constructor(private readonly parts: RemoteQuotesParts) {
    const { bucket, instanceId, clock, maxKeys, metrics } = parts;
    this.metrics = metrics;
    this.asker = new NextHopAsker(parts);
    this.shared = new SharedQuotes({
      bucket,
      instanceId,
      clock,
      maxKeys,
      onQuoted: (said) => {
        this.learn(said);
      },
    });
    metrics.watch(() => this.figures);
  }

  get figures(): RemoteQuoteFigures {
    return { kept: this.parts.tables.quotesKept, unanswered: this.asker.unanswered };
  }

  /** Next hops that quote amounts only, as `ledger account`. */
  get quotingAmountsOnly(): string[] {
    const nowMs = this.parts.clock();
    return [...this.amountsOnly].flatMap(([hop, untilMs]) => (untilMs > nowMs ? hop : []));
  }

  start(): void {
    this.shared.start();
  }

  stop(): Promise<void> {
    return this.shared.stop();
  }

  /**
   * Asks the next hop, or the next one of the same distance if that fails (D-38). It goes on with
   * that even when nobody waits for it any more. Never rejects.
   */
  async ask(needed: RemoteQuoteNeeded): Promise<RemoteOutcome> {
    let outcome = await this.askOne(needed.route, needed);
    for (const route of needed.route.others) {
      if (outcome.kind !== 'failed') return outcome;
      outcome = await this.askOne(route, needed);
    }
    return outcome;
  }

  private async askOne(route: CurvelessRoute, needed: RemoteQuoteNeeded): Promise<RemoteOutcome> {
    const { ledgerId } = route.next;
    const about = { ledgerId, account: route.nextHop, routeKey: route.matchedKey };
    const errand = { route, about, needed };
    if (needed.wanted !== undefined && this.isQuotingAmountsOnly(about)) {
      return this.askAmount(errand);
    }
    const settled = await this.liquidity(errand);
    if (settled.kind === 'quoted' || needed.wanted === undefined) return settled;
    return saysItCannot(settled.failure) ? this.fallBack(errand) : settled;
  }

  /** The next hop may know amounts only; if it does not know this one, that says nothing (D-37). */
  private async fallBack(errand: Errand): Promise<RemoteOutcome> {
    const outcome = await this.askAmount(errand);
    if (outcome.kind === 'amount') this.rememberAmountsOnly(errand.about);
    return outcome;
  }

  /** Asks once for all that want to know; those for neighbours wait whether it helps them. */
  private async liquidity(errand: Errand): Promise<Settled> {
    const { destination } = errand.needed;
    for (const scope of [neighbourhood(destination), destination]) {
      const key = questionKey(errand.about, scope);
      const lane = this.lanes.get(key);
      if (lane === undefined) return this.openLane(key, errand);
      const settled = await lane.settled;
      if (lane.destination === destination || this.isKnown(errand)) {
        this.metrics.shared('process');
        return this.isKnown(errand) ? QUOTED : settled;
      }
    }
    return this.openLane(questionKey(errand.about, destination), errand);
  }

  private openLane(key: string, errand: Errand): Promise<Settled> {
    const settled = this.settle(key, errand).finally(() => {
      if (this.lanes.get(key)?.settled === settled) this.lanes.delete(key);
    });
    this.lanes.set(key, { destination: errand.needed.destination, settled });
    return settled;
  }

  private async settle(key: string, errand: Errand): Promise<Settled> {
    if (this.isKnown(errand)) return QUOTED;
    const { clock, limits } = this.parts;
    const untilMs = clock() + limits.remoteQuoteMs + TELLING_MS;
    const claim = await this.shared.claim(key, untilMs);
    if (claim.kind === 'theirs') {
      const said = await this.shared.settled(key, claim.untilMs);
      const heard = this.heardFromOther(said, errand);
      if (heard !== undefined) return heard;
    }
    if (this.isKnown(errand)) return QUOTED;
    return this.askNow(key, errand, claim);
  }

  private heardFromOther(said: SharedQuote | undefined, errand: Errand): Settled | undefined {
    const { destination } = errand.needed;
    const isKnown = this.isKnown(errand);
    const isOurs = said?.kind === 'failed' && said.destination === destination;
    if (!isKnown && !isOurs) return undefined;
    this.metrics.shared('other-process');
    return isKnown || said?.kind !== 'failed' ? QUOTED : said;
  }

  private async askNow(key: string, errand: Errand, claim: Claim): Promise<Settled> {
    const { route, about, needed } = errand;
    const answered = await this.asker.ask(route, liquidityRequest(needed), readQuotedTail);
    if ('failure' in answered) {
      const { destination } = needed;
      const { failure } = answered;
      void this.shared.settle(key, { kind: 'failed', destination, failure }, claim);
      return { kind: 'failed', failure };
    }
    const { answer: quoted } = answered;
    const said = { kind: 'quoted', about, quoted } as const;
    this.learn(said);
    void this.shared.settle(key, said, claim);
    return QUOTED;
  }

  private askAmount(errand: Errand): Promise<RemoteOutcome> {
    const { about, needed, route } = errand;
    const request = amountRequest(route, needed);
    if (request === undefined) return Promise.resolve(failed(TOO_LITTLE));
    const asked = 'sourceAmount' in request ? request.sourceAmount : needed.wanted?.amount;
    const scope = [needed.destination, needed.wanted?.by, asked, needed.holdDurationMs].join(' ');
    const key = questionKey(about, scope);
    const known = this.amountLanes.get(key);
    if (known !== undefined) {
      this.metrics.shared('process');
      return known;
    }
    const lane = this.asker
      .ask<QuotedAmount>(route, request, readQuotedAmount)
      .then(outcomeOf)
      .finally(() => this.amountLanes.delete(key));
    this.amountLanes.set(key, lane);
    return lane;
  }

  /** Whether the tables have a quote for the address; what came before its route is taken in. */
  private isKnown({ about, needed }: Errand): boolean {
    const { tables, clock } = this.parts;
    const early = this.early.get(routeName(about)) ?? [];
    this.early.delete(routeName(about));
    for (const said of early) this.learn(said);
    return tables.hasQuote(about, needed.destination, clock());
  }

  private learn(said: Extract<SharedQuote, { kind: 'quoted' }>): void {
    const { tables, clock, maxKeys } = this.parts;
    const { about, quoted } = said;
    if (quoted.expiresAtMs <= clock() || tables.quote(about, quoted)) return;
    const name = routeName(about);
    const early = this.early.get(name) ?? [];
    this.early.delete(name);
    this.early.set(name, [...early.slice(-EARLY_PER_ROUTE + 1), said]);
    dropOldest(this.early, maxKeys);
  }

  private isQuotingAmountsOnly(about: QuotedRoute): boolean {
    return (this.amountsOnly.get(hopName(about)) ?? 0) > this.parts.clock();
  }

  private rememberAmountsOnly(about: QuotedRoute): void {
    this.amountsOnly.delete(hopName(about));
    this.amountsOnly.set(hopName(about), this.parts.clock() + AMOUNTS_ONLY_MS);
    dropOldest(this.amountsOnly, AMOUNTS_ONLY_KEPT);
  }
}

/** Quotes of one route that wait until it is known. */
const EARLY_PER_ROUTE = 16;

const TOO_LITTLE: RemoteFailure = {
  kind: 'own',
  code: 'F00',
  message: 'The source amount is too small to arrive',
};

function failed(failure: RemoteFailure): RemoteOutcome {
  return { kind: 'failed', failure };
}

function outcomeOf(
  answered: { readonly answer: QuotedAmount } | { readonly failure: RemoteFailure },
): RemoteOutcome {
  if ('failure' in answered) return failed(answered.failure);
  return { kind: 'amount', amount: answered.answer };
}

/** F00 or F01: it may not know what a question for liquidity is (D-37). */
function saysItCannot(failure: RemoteFailure): boolean {
  return failure.kind === 'relayed' && ['F00', 'F01'].includes(failure.error.code);
}

/** What lies beside the address: a quote for the one is likely to hold for the other. */
function neighbourhood(address: string): string {
  return address.slice(0, address.lastIndexOf('.') + 1);
}

function routeName({ ledgerId, account, routeKey }: QuotedRoute): string {
  return [ledgerId, account, routeKey].join(' ');
}

function hopName({ ledgerId, account }: QuotedRoute): string {
  return [ledgerId, account].join(' ');
}

function dropOldest(map: Map<string, unknown>, limit: number): void {
  if (map.size <= limit) return;
  const [oldest] = map.keys();
  if (oldest !== undefined) map.delete(oldest);
}
