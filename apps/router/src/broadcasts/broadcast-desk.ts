import { Logger } from '@nestjs/common';
import type { PeerBroadcast, PeerBroadcastReply } from '#contracts';
import {
  type AllowanceLimits,
  type AllowanceSpent,
  BroadcastAllowance,
  type Heard,
} from '#domain/routing';
import { BucketUnavailableError } from '#messaging';
import {
  type BroadcastLimits,
  type ProtocolData,
  readRoutingBroadcast,
  type RoutingBroadcast,
  RoutingUpdateError,
} from '#protocol';
import {
  type HeardRefusal,
  type HeardStore,
  type LiveRoutes,
  RoutesUnavailableError,
  sizeOfUpdate,
} from '#routes';
import type { BroadcastMetrics } from './broadcast-metrics';

export interface BroadcastDeskParts {
  readonly routes: Pick<LiveRoutes, 'tables' | 'heard' | 'askForLedger'>;
  readonly store: Pick<HeardStore, 'take' | 'noteFullTableRequest' | 'noteRefusal'>;
  readonly metrics: BroadcastMetrics;
  readonly limits: BroadcastLimits;
  readonly allowance: AllowanceLimits;
  /** How long an update may take; less than a gateway waits. */
  readonly withinMs: number;
  readonly clock: () => number;
}

/** What this process knows of one peer's broadcasts. */
interface Peer {
  readonly peerId: string;
  readonly allowance: BroadcastAllowance;
  /** When it was last said in the log of what the peer suffers or does, by what that is. */
  readonly saidMs: Map<string, number>;
}

/** Whose broadcast it is, and until when it may be kept. */
interface Hearing {
  readonly peerId: string;
  readonly untilMs: number;
}

/** The log says the same of one peer that often, whatever the peer does. */
const SAID_EVERY_MS = 60_000;
const NOTHING_SPENT: AllowanceSpent = { updates: 0, routes: 0 };
const ACCEPTED: PeerBroadcastReply = { outcome: 'accepted' };

/**
 * Takes in what peers say about routes (SPEC §11.10): a flood is refused before it is read, what is
 * flawed whole, and single routes that are of no use are passed over.
 */
export class BroadcastDesk {
  private readonly logger = new Logger(BroadcastDesk.name);
  private readonly peers = new Map<string, Peer>();

  constructor(private readonly parts: BroadcastDeskParts) {}

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
      this.say(peer, 'too-often', 'tells more of routes than it may, and is not heard');
      return refused('T05', 'too many broadcasts');
    }
    const setting = { ledger: ledger.prefix, peerAccount: ledger.peerAddress };
    const read = this.read(broadcast, setting);
    if (!(read instanceof RoutingUpdateError)) return this.take(peer, read, { peerId, untilMs });
    await this.noteRefusal(peer, read, { peerId, untilMs });
    return refused('F00', read.message);
  }

  /** What it says, undefined if it is about something else, or why nothing of it counts. */
  private read(
    { carriage, contentType, data }: PeerBroadcast,
    setting: { readonly ledger: string; readonly peerAccount: string },
  ): RoutingBroadcast | RoutingUpdateError | undefined {
    const { limits } = this.parts;
    const entry: ProtocolData = { protocolName: carriage, contentType, data };
    try {
      return readRoutingBroadcast([entry], { ...setting, limits });
    } catch (error) {
      if (!(error instanceof RoutingUpdateError)) throw error;
      return error;
    }
  }

  private async noteRefusal(
    peer: Peer,
    { member, rule, message }: RoutingUpdateError,
    hearing: Hearing,
  ): Promise<void> {
    const { store, metrics, clock } = this.parts;
    metrics.count('flawed');
    this.say(peer, 'flawed', `told an update of routes that is refused: ${message}`);
    const refusal: HeardRefusal = { atMs: clock(), member, rule };
    try {
      await store.noteRefusal(hearing, refusal);
      peer.allowance.told(0);
    } catch (error) {
      // It is refused all the same; only other routers do not hear of it.
      if (!isForNow(error)) throw error;
    }
  }

  private async take(
    peer: Peer,
    told: RoutingBroadcast | undefined,
    { peerId, untilMs }: Hearing,
  ): Promise<PeerBroadcastReply> {
    const { store, metrics, clock } = this.parts;
    const { allowance } = peer;
    if (told === undefined) {
      metrics.count('not-a-broadcast');
      return refused('F00', 'this is no broadcast of routes');
    }
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
      this.note(heard);
      return ACCEPTED;
    } catch (error) {
      if (!isForNow(error)) throw error;
      metrics.count('unavailable');
      this.say(peer, 'unavailable', `tells routes that cannot be kept now: ${String(error)}`);
      return refused('T00', 'broadcasts cannot be taken in now');
    }
  }

  private note(heard: Heard): void {
    const { metrics } = this.parts;
    metrics.count('accepted');
    for (const { reason } of heard.unused) metrics.skip(reason);
  }

  private peer(peerId: string): Peer {
    const known = this.peers.get(peerId);
    if (known !== undefined) return known;
    const { allowance, clock, routes } = this.parts;
    const peer = {
      peerId,
      allowance: new BroadcastAllowance(allowance, clock(), routes.heard(peerId)?.spent),
      saidMs: new Map<string, number>(),
    };
    this.peers.set(peerId, peer);
    return peer;
  }

  private say({ peerId, saidMs }: Peer, what: string, text: string): void {
    const nowMs = this.parts.clock();
    const sinceMs = nowMs - (saidMs.get(what) ?? -Infinity);
    if (sinceMs >= 0 && sinceMs < SAID_EVERY_MS) return;
    saidMs.set(what, nowMs);
    this.logger.warn(`${peerId} ${text}`);
  }
}

function refused(code: 'F00' | 'T00' | 'T05', message: string): PeerBroadcastReply {
  return { outcome: 'refused', code, message };
}

function isForNow(error: unknown): boolean {
  return error instanceof RoutesUnavailableError || error instanceof BucketUnavailableError;
}
