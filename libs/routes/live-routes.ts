import { Logger } from '@nestjs/common';
import type { LedgerDescription, LedgerFigures, RatesReply } from '#contracts';
import type { PairPolicy } from '#domain/liquidity';
import { type RoutingRules, RoutingTables } from '#domain/routing';
import type { ConnectedPeers, LedgerDirectory, RatesDirectory } from '#messaging';
import { ledgerFacts } from './ledger-facts';
import { pricingAt, ratesAt } from './pair-pricing';

export interface LiveRoutesSettings {
  readonly routing: RoutingRules;
  readonly pairs: PairPolicy;
  /** Ledgers that we run as a validator: out of the tables altogether. */
  readonly relays: ReadonlyMap<string, string>;
}

export interface LiveRoutesParts {
  readonly ledgers: Pick<LedgerDirectory, 'ledgers' | 'figures' | 'onChange' | 'onFigures'>;
  readonly peers: Pick<ConnectedPeers, 'isKnown' | 'all' | 'listen'>;
  readonly rates: Pick<RatesDirectory, 'rates' | 'onChange'>;
  readonly clock: () => number;
}

/** What a peer last said about routes, beside the routes. */
export interface HeardPeer {
  readonly peerId: string;
  readonly heardAtMs: number;
  /** As it counts. */
  readonly holdDownMs: number;
  /** It has shown that it speaks this dialect (SPEC D-32). */
  readonly showsV21: boolean;
  /** When it last asked for our full table; undefined = never. */
  readonly fullTableAskedMs: number | undefined;
  /** Routes that it told and that are kept. */
  readonly routes: number;
}

export interface LiveRoutesListener {
  /** Ledgers, prices or routes may be others than before. Called often: only note that it was. */
  onChange?(): void;
  /** An update of the peer was taken in. */
  onHeard?(peer: HeardPeer): void;
  /** Everything that peers told is lost: they are to be asked for their full tables. */
  onReset?(): void;
}

/**
 * The routing tables of this process, kept current: ledgers and what they can carry, which peers are
 * connected, rates, wired routes, and what peers told any router. Changes nothing by itself.
 */
export class LiveRoutes {
  /** To look things up in, never to be changed from outside. */
  readonly tables: RoutingTables;
  private readonly logger = new Logger(LiveRoutes.name);
  private readonly listeners: LiveRoutesListener[] = [];

  /** @throws InvalidStaticRouteError */
  constructor(
    private readonly settings: LiveRoutesSettings,
    private readonly parts: LiveRoutesParts,
  ) {
    const pricing = pricingAt(ratesAt(parts.rates.rates, parts.clock()), settings.pairs);
    this.tables = RoutingTables.build([], { ...settings.routing, pricing });
    parts.ledgers.onChange(() => {
      this.adopt();
    });
    parts.ledgers.onFigures(() => {
      this.adopt();
    });
    const adopt = (): void => {
      this.adopt();
    };
    parts.peers.listen({ onOpened: adopt, onClosed: adopt });
    parts.rates.onChange((rates) => {
      this.reprice(rates);
    });
  }

  /** Whether the ledgers are known, and all that peers told before this process began. */
  get isCaughtUp(): boolean {
    return this.parts.ledgers.ledgers !== undefined;
  }

  /** What is known of the peers that told anything that still holds, by peer id. */
  get heard(): ReadonlyMap<string, HeardPeer> {
    return new Map();
  }

  /** Resolves when the tables are caught up for the first time, however long that takes. */
  async ready(): Promise<void> {
    if (this.isCaughtUp) return;
    await new Promise<void>((resolve) => {
      const listener: LiveRoutesListener = {
        onChange: () => {
          if (this.isCaughtUp) resolve();
        },
      };
      this.listen(listener);
    });
  }

  /** Calls from now on. */
  listen(listener: LiveRoutesListener): void {
    this.listeners.push(listener);
  }

  /** The same, for who wants to know no more than that something changed. */
  onChange(listener: () => void): void {
    this.listen({ onChange: listener });
  }

  private adopt(): void {
    const { ledgers = [] } = this.parts.ledgers;
    const { relays } = this.settings;
    const facts = ledgers
      .filter(({ ledgerId }) => !relays.has(ledgerId))
      .map((ledger) => ledgerFacts(ledger, this.stateOf(ledger)));
    this.tables.adopt(facts);
    this.changed();
  }

  private stateOf({ ledgerId }: LedgerDescription): {
    figures: LedgerFigures | undefined;
    isConnected: boolean;
  } {
    const { ledgers, peers } = this.parts;
    const isConnected = !peers.isKnown || peers.all.has(ledgerId);
    return { figures: ledgers.figures.get(ledgerId), isConnected };
  }

  private reprice(rates: RatesReply): void {
    this.tables.reprice(pricingAt(ratesAt(rates, this.parts.clock()), this.settings.pairs));
    this.changed();
  }

  private changed(): void {
    for (const listener of this.listeners) {
      try {
        listener.onChange?.();
      } catch (error) {
        this.logger.error({ err: error }, 'a change of the routes could not be taken over');
      }
    }
  }
}
