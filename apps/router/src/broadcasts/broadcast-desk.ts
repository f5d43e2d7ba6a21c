import type { PeerBroadcast, PeerBroadcastReply } from '#contracts';
import {
  type AllowanceLimits,
  type AllowanceSpent,
  BroadcastAllowance,
  type Heard,
  HeardRecord,
  type HeardSummary,
} from '#domain/routing';
import { BucketUnavailableError } from '#messaging';
import {
  type BroadcastLimits,
  type ProtocolData,
  readRoutingBroadcast,
  type RoutingBroadcast,
  RoutingUpdateError,
} from '#protocol';
import { type HeardStore, type LiveRoutes, RoutesUnavailableError, sizeOfUpdate } from '#routes';
import type { BroadcastMetrics } from './broadcast-metrics';

export interface BroadcastDeskParts {
  readonly routes: Pick<LiveRoutes, 'tables' | 'heard' | 'askForLedger'>;
  readonly store: Pick<HeardStore, 'take' | 'noteFullTableRequest'>;
  readonly metrics: BroadcastMetrics;
  readonly limits: BroadcastLimits;
  readonly allowance: AllowanceLimits;
  /** How long an update may take; less than a gateway waits. */
  readonly withinMs: number;
  readonly clock: () => number;
}

/** What this process knows of one peer's broadcasts. */
interface Peer {
  readonly allowance: BroadcastAllowance;
  readonly record: HeardRecord;
}

const NOTHING_SPENT: AllowanceSpent = { updates: 0, routes: 0 };
const ACCEPTED: PeerBroadcastReply = { outcome: 'accepted' };

/**
 * Takes in what peers say about routes (SPEC §11.10): a flood is refused before it is read, what is
 * flawed whole, and single routes that are of no use are passed over.
 */
export class BroadcastDesk {
  private readonly peers = new Map<string, Peer>();

  constructor(private readonly parts: BroadcastDeskParts) {}

  /** What this process has heard of the peer. */
  summary(peerId: string): HeardSummary | undefined {
    return this.peers.get(peerId)?.record.summary;
  }

  async hear(broadcast: PeerBroadcast): Promise<PeerBroadcastReply> {
    const { peerId, ledgerId } = broadcast;
    const { routes, metrics, clock, withinMs } = this.parts;
    const untilMs = clock() + withinMs;
    // Its first message may overtake the news that its ledger was opened.
    await routes.askForLedger(ledgerId, withinMs / 2);
    const ledger = routes.tables.ledger(ledgerId);
    if (ledger?.peerAddress === undefined || ledgerId !== peerId) {
      metrics.count('unknown-ledger');
      return refused('T00', 'the ledger is not known here');
    }
    const peer = this.peer(peerId);
    const { allowance } = peer;
    allowance.spentByAll(routes.heard(peerId)?.spent ?? NOTHING_SPENT, clock());
    if (!allowance.takeUpdate(clock())) {
      metrics.count('too-often');
      peer.record.refused({ atMs: clock(), member: 'update', rule: 'too-often' });
      return refused('T05', 'too many broadcasts');
    }
    const read = this.read(broadcast, peer, {
      ledger: ledger.prefix,
      peerAccount: ledger.peerAddress,
    });
    return 'outcome' in read ? read : this.take(peer, read, { peerId, untilMs });
  }

  private read(
    { carriage, contentType, data }: PeerBroadcast,
    { record }: Peer,
    setting: { readonly ledger: string; readonly peerAccount: string },
  ): RoutingBroadcast | PeerBroadcastReply {
    const { limits, metrics, clock } = this.parts;
    const entry: ProtocolData = { protocolName: carriage, contentType, data };
    try {
      const told = readRoutingBroadcast([entry], { ...setting, limits });
      if (told !== undefined) return told;
      metrics.count('not-a-broadcast');
      return refused('F00', 'this is no broadcast of routes');
    } catch (error) {
      if (!(error instanceof RoutingUpdateError)) throw error;
      const { member, rule } = error;
      metrics.count('flawed');
      record.refused({ atMs: clock(), member, rule });
      return refused('F00', error.message);
    }
  }

  private async take(
    { allowance, record }: Peer,
    told: RoutingBroadcast,
    { peerId, untilMs }: { readonly peerId: string; readonly untilMs: number },
  ): Promise<PeerBroadcastReply> {
    const { store, metrics, clock } = this.parts;
    try {
      if (told.type === 'full-table-request') {
        await store.noteFullTableRequest({ peerId, untilMs });
        allowance.told(0);
        metrics.count('full-table-request');
        return ACCEPTED;
      }
      const size = sizeOfUpdate(told.update);
      allowance.drawRoutes(size, clock());
      const heard = await store.take({ peerId, update: told.update, untilMs });
      allowance.told(size);
      this.note(heard, record);
      return ACCEPTED;
    } catch (error) {
      if (!isForNow(error)) throw error;
      metrics.count('unavailable');
      return refused('T00', 'broadcasts cannot be taken in now');
    }
  }

  private note(heard: Heard, record: HeardRecord): void {
    const { metrics } = this.parts;
    record.heard(heard);
    metrics.count('accepted');
    for (const { reason } of heard.unused) metrics.skip(reason);
  }

  private peer(peerId: string): Peer {
    const known = this.peers.get(peerId);
    if (known !== undefined) return known;
    const { allowance, clock, routes } = this.parts;
    const peer = {
      allowance: new BroadcastAllowance(allowance, clock(), routes.heard(peerId)?.spent),
      record: new HeardRecord(),
    };
    this.peers.set(peerId, peer);
    return peer;
  }
}

function refused(code: 'F00' | 'T00' | 'T05', message: string): PeerBroadcastReply {
  return { outcome: 'refused', code, message };
}

function isForNow(error: unknown): boolean {
  return error instanceof RoutesUnavailableError || error instanceof BucketUnavailableError;
}
