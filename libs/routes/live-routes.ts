import { Logger } from '@nestjs/common';
import type { LedgerDescription, RatesReply } from '#contracts';
import type { PairPolicy } from '#domain/liquidity';
import type { RatesInForce } from '#domain/rates';
import { type PairPricing, type RoutingRules, RoutingTables } from '#domain/routing';
import type {
  ConnectedPeers,
  KeyValue,
  KeyValueWatch,
  LedgerDirectory,
  RatesDirectory,
} from '#messaging';
import type { HeardLimits } from './heard-draft';
import { type Heartbeat, HEARTBEAT_KEY } from './heard-message';
import { HeardStore } from './heard-store';
import { HeardTables } from './heard-tables';
import { HeardView } from './heard-view';
import { dropKept, type KeptOfPeer, keptIn } from './kept-of-peer';
import { ledgerFacts, type LedgerState } from './ledger-facts';
import { pricingAt, ratesAt } from './pair-pricing';
import { SessionGrace } from './session-grace';

export interface LiveRoutesSettings {
  readonly routing: RoutingRules;
  readonly pairs: PairPolicy;
  /** Ledgers that we run as a validator: out of the tables altogether. */
  readonly relays: ReadonlyMap<string, string>;
  /** One unit of any currency is one of any other, so that nobody has to be asked. */
  readonly isOneToOne: boolean;
  /** For so long after its session has ended a peer counts as connected. */
  readonly sessionGraceMs: number;
}

export interface LiveRoutesParts {
  readonly ledgers: Pick<
    LedgerDirectory,
    'ledgers' | 'figures' | 'onChange' | 'onFigures' | 'refresh'
  >;
  readonly peers: Pick<ConnectedPeers, 'isKnown' | 'all' | 'listen'>;
  readonly rates: Pick<RatesDirectory, 'rates' | 'onChange'>;
  /** Where what peers told is kept. */
  readonly bucket: Pick<KeyValue, 'watch' | 'put' | 'delete' | 'maxValueBytes'>;
  readonly clock: () => number;
}

/** What a peer last said about routes, beside the routes. */
export interface HeardPeer extends Omit<Heartbeat, 'claim'> {
  readonly peerId: string;
}

export interface LiveRoutesListener {
  /** Ledgers, prices or routes may be others than before. Called often: only note that it was. */
  onChange?(): void;
  /** An update of the peer was taken in. */
  onHeard?(peer: HeardPeer): void;
  /** Everything that peers told is lost: they are to be asked for their full tables. */
  onReset?(): void;
}

const SWEEP_MS = 1_000;

/**
 * The routing tables of this process, kept current: ledgers and what they can carry, which peers are
 * connected, rates, wired routes, and what peers told any router. Changes nothing by itself.
 */
export class LiveRoutes {
  /** To look things up in, never to be changed from outside. */
  readonly tables: RoutingTables;
  private readonly logger = new Logger(LiveRoutes.name);
  private readonly listeners: LiveRoutesListener[] = [];
  private readonly view = new HeardView();
  /** Who is behind each peer, as its last session told. */
  private readonly parties = new Map<string, string>();
  private relayed: ReadonlySet<string> = new Set();
  private readonly heardTables: HeardTables;
  private watch: KeyValueWatch | undefined;
  private sweeping: NodeJS.Timeout | undefined;
  private readonly grace: SessionGrace;
  private giveUps: NodeJS.Timeout | undefined;
  /** Peers whose routes are to be forgotten unless they come back. */
  private readonly doubted = new Set<string>();

  /** @throws InvalidStaticRouteError */
  constructor(
    private readonly settings: LiveRoutesSettings,
    private readonly parts: LiveRoutesParts,
  ) {
    this.grace = new SessionGrace(settings.sessionGraceMs);
    const pricing = this.pricing(parts.rates.rates);
    this.tables = RoutingTables.build([], { ...settings.routing, pricing });
    this.heardTables = new HeardTables({
      tables: this.tables,
      view: this.view,
      clock: parts.clock,
      onHeard: (peerId, heartbeat) => {
        this.tell((listener) => listener.onHeard?.(heardPeer(peerId, heartbeat)));
        this.changed();
      },
      onReset: () => {
        this.tell((listener) => listener.onReset?.());
        this.changed();
      },
      onCaughtUp: () => {
        this.changed();
      },
    });
    this.follow();
  }

  /**
   * Whether it is known which ledgers there are, which peers are connected, and what peers told
   * before this process began.
   */
  get isCaughtUp(): boolean {
    const { ledgers, peers } = this.parts;
    return ledgers.ledgers !== undefined && peers.isKnown && this.view.isCaughtUp;
  }

  /** Ledgers that are known and are not in the tables, as we run them as a validator. */
  get relaying(): ReadonlySet<string> {
    return this.relayed;
  }

  /** The peers whose routes hold now. */
  get heardPeers(): readonly HeardPeer[] {
    const nowMs = this.parts.clock();
    return [...this.view.all].flatMap(({ peerId, heartbeat }) => {
      if (heartbeat === undefined || heartbeat.heardAtMs + heartbeat.holdDownMs <= nowMs) return [];
      return heardPeer(peerId, heartbeat);
    });
  }

  /** What is known of a peer that told anything, whether it still holds or not. */
  heard(peerId: string): HeardPeer | undefined {
    const { heartbeat } = this.view.peer(peerId);
    return heartbeat === undefined ? undefined : heardPeer(peerId, heartbeat);
  }

  /** Resolves when the tables are caught up for the first time, however long that takes. */
  async ready(): Promise<void> {
    if (this.isCaughtUp) return;
    await new Promise<void>((resolve) => {
      this.onChange(() => {
        if (this.isCaughtUp) resolve();
      });
    });
  }

  /** Resolves once the ledger is in the tables, or is in none that there are, or time is over. */
  async askForLedger(ledgerId: string, withinMs: number): Promise<void> {
    if (this.tables.ledger(ledgerId) !== undefined) return;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, withinMs);
    });
    await Promise.race([this.parts.ledgers.refresh(), late]);
    clearTimeout(timer);
  }

  /** Calls from now on. */
  listen(listener: LiveRoutesListener): void {
    this.listeners.push(listener);
  }

  /** The same, for who wants to know no more than that something changed. */
  onChange(listener: () => void): void {
    this.listen({ onChange: listener });
  }

  /**
   * What the peer told is not to be relied on any more, in no process (SPEC D-34).
   * @throws BucketUnavailableError
   */
  async forget(peerId: string): Promise<void> {
    if (this.heard(peerId) === undefined) return;
    await this.parts.bucket.delete(`${peerId}.${HEARTBEAT_KEY}`);
  }

  /**
   * The same, unless the peer's session has just ended and it comes back at once.
   * @throws BucketUnavailableError
   */
  async forgetUnlessBack(peerId: string): Promise<void> {
    const { peers, clock } = this.parts;
    if (peers.all.has(peerId) || this.grace.covers(peerId, clock())) this.doubted.add(peerId);
    else await this.forget(peerId);
  }

  /** What is kept now of each peer of which anything is kept. */
  kept(): KeptOfPeer[] {
    return this.view.isCaughtUp ? keptIn(this.view) : [];
  }

  /**
   * Takes away what is kept of a peer, as far as it is still the same; false if it is not.
   * @throws BucketUnavailableError: some of it may be gone
   */
  drop(kept: KeptOfPeer): Promise<boolean> {
    return dropKept(this.parts.bucket, kept);
  }

  /** For who takes in what peers tell; `instanceId` names this process. */
  store(limits: HeardLimits, instanceId: string): HeardStore {
    const { view, tables } = this;
    const { bucket, clock } = this.parts;
    return new HeardStore({ view, tables, bucket, limits, instanceId, clock });
  }

  start(): void {
    this.watch = this.parts.bucket.watch('', this.view);
    this.sweeping = setInterval(() => {
      if (this.tables.expire(this.parts.clock()) > 0) this.changed();
    }, SWEEP_MS);
  }

  async stop(): Promise<void> {
    clearInterval(this.sweeping);
    clearTimeout(this.giveUps);
    await this.watch?.stop();
  }

  private follow(): void {
    const { ledgers, peers, rates } = this.parts;
    const adopt = (): void => {
      this.adopt();
    };
    ledgers.onChange(adopt);
    ledgers.onFigures(adopt);
    peers.listen({
      onKnown: adopt,
      onOpened: ({ peerId }) => {
        this.grace.opened(peerId);
        this.doubted.delete(peerId);
        adopt();
      },
      onClosed: (peerId) => {
        this.grace.closed(peerId, this.parts.clock());
        this.awaitGiveUp();
        adopt();
      },
    });
    rates.onChange((said) => {
      this.tables.reprice(this.pricing(said));
      this.changed();
    });
  }

  private adopt(): void {
    const { ledgers = [] } = this.parts.ledgers;
    const { relays } = this.settings;
    const isRelayed = ({ ledgerId }: LedgerDescription): boolean => relays.has(ledgerId);
    this.relayed = new Set(ledgers.filter(isRelayed).map(({ ledgerId }) => ledgerId));
    const facts = ledgers
      .filter((ledger) => !isRelayed(ledger))
      .map((ledger) => ledgerFacts(ledger, this.stateOf(ledger)));
    this.tables.adopt(facts);
    this.heardTables.reapply();
    this.changed();
  }

  private stateOf({ ledgerId }: LedgerDescription): LedgerState {
    const { ledgers, peers, clock } = this.parts;
    const isThere = peers.all.has(ledgerId) || this.grace.covers(ledgerId, clock());
    const isConnected = !peers.isKnown || isThere;
    const { party = this.parties.get(ledgerId) } = peers.all.get(ledgerId) ?? {};
    if (party !== undefined) this.parties.set(ledgerId, party);
    return { figures: ledgers.figures.get(ledgerId), isConnected, party };
  }

  private awaitGiveUp(): void {
    clearTimeout(this.giveUps);
    const { endsAtMs } = this.grace;
    if (endsAtMs === undefined) return;
    const leftMs = endsAtMs - this.parts.clock();
    this.giveUps = setTimeout(() => {
      this.giveUp();
    }, leftMs);
  }

  private giveUp(): void {
    const gone = this.grace.giveUp(this.parts.clock());
    if (gone.length > 0) this.adopt();
    for (const peerId of gone) {
      if (!this.doubted.delete(peerId)) continue;
      this.forget(peerId).catch((error: unknown) => {
        this.logger.warn(`the routes of ${peerId} are still relied on: ${String(error)}`);
      });
    }
    this.awaitGiveUp();
  }

  private pricing(said: RatesReply | undefined): PairPricing {
    const { isOneToOne, pairs } = this.settings;
    const rates = isOneToOne ? ONE_TO_ONE : ratesAt(said, this.parts.clock());
    return pricingAt(rates, pairs);
  }

  private changed(): void {
    this.tell((listener) => listener.onChange?.());
  }

  private tell(telling: (listener: LiveRoutesListener) => void): void {
    for (const listener of this.listeners) {
      try {
        telling(listener);
      } catch (error) {
        this.logger.error(`a change of the routes could not be taken over: ${String(error)}`);
      }
    }
  }
}

const ONE_TO_ONE: RatesInForce = { state: 'one-to-one' };

function heardPeer(peerId: string, heartbeat: Heartbeat): HeardPeer {
  return { peerId, ...heartbeat };
}
