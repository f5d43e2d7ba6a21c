import type { LedgerFigures, LedgerDescription, RatesReply } from '#contracts';
import type { ConnectedPeer, ConnectedPeersListener } from '#messaging';
import { LiveRoutes, type LiveRoutesSettings } from '../live-routes';
import type { MemoryBucket } from './memory-bucket';

const SETTINGS: LiveRoutesSettings = {
  routing: { spreadPpm: 0n, minMessageWindowMs: 1_000, staticRoutes: [] },
  pairs: { spreadPpm: 0n, pairs: [] },
  relays: new Map(),
  isOneToOne: true,
  sessionGraceMs: 0,
};

export const described = (
  ledgerId: string,
  more: Partial<LedgerDescription> = {},
): LedgerDescription => ({
  ledgerId,
  prefix: `test.${ledgerId}.`,
  currencyCode: 'USD',
  currencyScale: 9,
  account: 'us',
  peerAccount: 'peer',
  authority: 'admin',
  maxBalance: null,
  minBalance: null,
  ...more,
});

type LedgersListener = (ledgers: readonly LedgerDescription[]) => void;
type FiguresListener = (figures: readonly LedgerFigures[]) => void;
type Parts = ConstructorParameters<typeof LiveRoutes>[1];

/** The tables of one process, and everything that they follow, as the test says. */
export class OneProcess {
  readonly figures = new Map<string, LedgerFigures>();
  readonly connected = new Map<string, ConnectedPeer>();
  readonly routes: LiveRoutes;
  ledgers: readonly LedgerDescription[] | undefined;
  /** What asking for the ledgers comes to. */
  refresh = (): Promise<void> => Promise.resolve();
  rates: RatesReply | undefined;
  isKnown = true;
  private readonly ledgerNews: LedgersListener[] = [];
  private readonly figureNews: FiguresListener[] = [];
  private readonly ratesNews: ((rates: RatesReply) => void)[] = [];
  private readonly peerNews: ConnectedPeersListener[] = [];

  constructor(
    bucket: MemoryBucket,
    clock: () => number,
    settings: Partial<LiveRoutesSettings> = {},
  ) {
    const watch = bucket.watch.bind(bucket) as unknown as Parts['bucket']['watch'];
    this.routes = new LiveRoutes(
      { ...SETTINGS, ...settings },
      {
        ledgers: this.directory(),
        peers: this.sessions(),
        rates: this.sheet(),
        bucket: {
          watch,
          put: bucket.put.bind(bucket),
          delete: bucket.delete.bind(bucket),
          maxValueBytes: bucket.maxValueBytes,
        },
        clock,
      },
    );
    this.routes.start();
  }

  open(...ledgers: LedgerDescription[]): void {
    this.ledgers = ledgers;
    for (const { ledgerId } of ledgers) this.connect(ledgerId);
    for (const tell of this.ledgerNews) tell(ledgers);
  }

  carries(ledgerId: string, maxIn: string | null, maxOut: string | null): void {
    const figures = { ledgerId, version: 1, maxIn, maxOut };
    this.figures.set(ledgerId, figures);
    for (const tell of this.figureNews) tell([figures]);
  }

  connect(peerId: string): void {
    const peer = { peerId, gatewayId: 'one', speaks: 'BTP/1.0', sinceMs: 1 } as const;
    this.connected.set(peerId, peer);
    for (const listener of this.peerNews) listener.onOpened(peer);
  }

  disconnect(peerId: string): void {
    this.connected.delete(peerId);
    for (const listener of this.peerNews) listener.onClosed(peerId);
  }

  learnWhoIsConnected(): void {
    this.isKnown = true;
    for (const listener of this.peerNews) listener.onKnown?.();
  }

  price(rates: RatesReply): void {
    this.rates = rates;
    for (const tell of this.ratesNews) tell(rates);
  }

  private directory() {
    const known = (): readonly LedgerDescription[] | undefined => this.ledgers;
    return {
      get ledgers() {
        return known();
      },
      figures: this.figures,
      onChange: (tell: LedgersListener) => void this.ledgerNews.push(tell),
      onFigures: (tell: FiguresListener) => void this.figureNews.push(tell),
      refresh: () => this.refresh(),
    };
  }

  private sessions() {
    const isKnown = (): boolean => this.isKnown;
    return {
      get isKnown() {
        return isKnown();
      },
      all: this.connected,
      listen: (listener: ConnectedPeersListener) => void this.peerNews.push(listener),
    };
  }

  private sheet() {
    const rates = (): RatesReply | undefined => this.rates;
    return {
      get rates() {
        return rates();
      },
      onChange: (tell: (said: RatesReply) => void) => void this.ratesNews.push(tell),
    };
  }
}
