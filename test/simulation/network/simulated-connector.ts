import { Curve } from '#domain/liquidity';
import {
  BROADCAST_DEFAULTS,
  BroadcastState,
  exportSource,
  type Heard,
  type LedgerFacts,
  type PairPricing,
  receiveBroadcast,
  ROUTE_LIMITS,
  RoutingTables,
} from '#domain/routing';
import { type ProtocolData, readRoutingBroadcast, RoutingUpdateError } from '#protocol';
import { type ConnectorPlan, type LinkPlan, rateBetween, type SidePlan } from './network-plan';
import { Violation } from './network-log';

export const INTERVAL_MS = BROADCAST_DEFAULTS.intervalMs;
export const HOLD_DOWN_MS = BROADCAST_DEFAULTS.holdDownMs;
/** Between the expiries of the two transfers of a payment. */
export const WINDOW_MS = 1_000;

export const nameOf = (connector: number): string => `c${connector}`;
export const linkLedger = (index: number): string => `l${index}`;
export const linkPrefix = (index: number): string => `peer.l${index}.`;
export const leafPrefix = (connector: number): string => `g.${nameOf(connector)}.`;
export const LEAF = 'leaf';

/** What one connector knows of one of its links. */
export interface Attachment {
  readonly link: LinkPlan;
  readonly own: SidePlan;
  readonly peer: SidePlan;
  broadcasts: BroadcastState;
  isConnected: boolean;
  /** It says nothing of itself any more, but answers. */
  isMute: boolean;
  /** What it can pay out, and take in, now. */
  maxOut: bigint | undefined;
  maxIn: bigint | undefined;
  /** Curves as they were read from the peer's bytes, by destination. */
  readonly heard: Map<string, Curve>;
}

/** The routing core of one connector, put together as a router and quoter would. */
export class SimulatedConnector {
  readonly attachments = new Map<number, Attachment>();
  tables: RoutingTables;

  constructor(
    readonly plan: ConnectorPlan,
    links: readonly LinkPlan[],
    /** Points of a curve that it tells. */
    private readonly points: number,
  ) {
    for (const link of links) {
      const [one, other] = link.sides;
      const isFirst = one.connector === plan.index;
      const [own, peer] = isFirst ? [one, other] : [other, one];
      this.attachments.set(link.index, {
        link,
        own,
        peer,
        broadcasts: broadcastsOf(link, own),
        isConnected: false,
        isMute: false,
        maxOut: own.room,
        maxIn: peer.room,
        heard: new Map(),
      });
    }
    this.tables = this.emptyTables();
  }

  /** It has died and come back: what it learnt is gone, what it told is remembered. */
  restart(): void {
    this.tables = this.emptyTables();
    for (const each of this.attachments.values()) {
      const { memory } = each.broadcasts;
      each.broadcasts = broadcastsOf(each.link, each.own, memory);
    }
  }

  /** The ledgers have changed. */
  adopt(): void {
    this.tables.adopt(this.facts());
  }

  /** What the peer has sent, as bytes. `refused` = as a connector that knows one dialect would. */
  hear(attachment: Attachment, entry: ProtocolData, nowMs: number): Heard | 'refused' {
    const { link, own, peer, broadcasts } = attachment;
    const account = linkPrefix(link.index) + nameOf(peer.connector);
    const setting = { ledger: linkPrefix(link.index), peerAccount: account };
    const read = (): ReturnType<typeof readRoutingBroadcast> => {
      try {
        return readRoutingBroadcast([entry], setting);
      } catch (error) {
        if (!(error instanceof RoutingUpdateError)) throw error;
        throw new Violation('bytes', `${nameOf(own.connector)} cannot read: ${error.message}`);
      }
    };
    const broadcast = read();
    if (broadcast?.type !== 'update') throw new Violation('bytes', 'what was sent is no update');
    const { update } = broadcast;
    if (own.reads === 'v17' && update.showsV21) return 'refused';
    if (own.reads === 'v21' && update.newRoutes.length > 0 && !update.showsV21) return 'refused';
    const sender = { ledgerId: linkLedger(link.index), account };
    const heard = receiveBroadcast(update, { sender, nowMs }, this.tables);
    for (const key of update.unreachable) attachment.heard.delete(key);
    const used = new Set(heard.used);
    for (const { destinationLedger: key, points } of update.newRoutes) {
      if (used.has(key) && points !== undefined) attachment.heard.set(key, Curve.of(points));
      else attachment.heard.delete(key);
    }
    if (heard.requestFullTable) broadcasts.requestFullTable();
    if (heard.showsV21) broadcasts.heardV21();
    return heard;
  }

  /** What there is to be told over a link. */
  exportSource(attachment: Attachment, nowMs: number): ReturnType<typeof exportSource> {
    const ledgerId = linkLedger(attachment.link.index);
    return exportSource(() => this.tables.exportOver(ledgerId, nowMs)!);
  }

  private emptyTables(): RoutingTables {
    return RoutingTables.build(this.facts(), {
      spreadPpm: this.plan.spreadPpm,
      minMessageWindowMs: WINDOW_MS,
      staticRoutes: [],
      pricing: this.pricing,
      limits: { ...ROUTE_LIMITS, pointsSent: this.points },
    });
  }

  private readonly pricing: PairPricing = (source, next) => ({
    rate: rateBetween(source.currencyCode!, next.currencyCode!),
    spreadPpm: this.plan.spreadPpm,
  });

  private facts(): LedgerFacts[] {
    const account = nameOf(this.plan.index);
    const { currency: currencyCode, scale: currencyScale } = this.plan;
    const prefix = leafPrefix(this.plan.index);
    const leaf = { ledgerId: LEAF, prefix, account, currencyCode, currencyScale };
    const links = [...this.attachments.values()].map(
      ({ link, peer, isConnected, maxOut, maxIn }): LedgerFacts => ({
        ledgerId: linkLedger(link.index),
        prefix: linkPrefix(link.index),
        account,
        peerAccount: nameOf(peer.connector),
        party: nameOf(peer.connector),
        currencyCode: link.currency,
        currencyScale: link.scale,
        isConnected,
        ...(maxOut !== undefined && { maxOut }),
        ...(maxIn !== undefined && { maxIn }),
      }),
    );
    return [leaf, ...links];
  }
}

function broadcastsOf(
  { index }: LinkPlan,
  { dialect, connector }: SidePlan,
  memory?: BroadcastState['memory'],
): BroadcastState {
  const sourceLedger = linkPrefix(index);
  const sourceAccount = sourceLedger + nameOf(connector);
  // Small updates, so that whole tables take several of them.
  const settings = { ...BROADCAST_DEFAULTS, dialect, sourceLedger, sourceAccount };
  return new BroadcastState({ ...settings, maxUpdateBytes: 5_000 }, memory);
}
