import type { PeerSettings } from '#platform';
import { BoundedSet } from '../deliveries/bounded-set';
import type { ChannelListener, PeerChannel } from './peer-channel';
import { PeerLoad } from './peer-load';
import { PeerSession, REPLACED, type SessionEnd, type SessionSurroundings } from './peer-session';

/** A peer that has shown who it is, and the way to it. */
export interface Admission<Channel extends PeerChannel> {
  readonly peer: PeerSettings;
  readonly connect: (listener: ChannelListener, load: PeerLoad) => Channel;
  readonly onEnded?: (end: SessionEnd) => void;
}

/** What is known of a peer beyond one session. */
interface PeerRecord {
  readonly load: PeerLoad;
  readonly uncertain: BoundedSet;
  current: PeerSession | undefined;
}

/** The live sessions, at most one for each peer (SPEC D-4). */
export class SessionRegistry {
  private readonly records = new Map<string, PeerRecord>();

  constructor(private readonly around: SessionSurroundings) {}

  get size(): number {
    let sessions = 0;
    for (const { current } of this.records.values()) if (current !== undefined) sessions += 1;
    return sessions;
  }

  /** Requests of peers that are owed an answer. */
  get unanswered(): number {
    let requests = 0;
    for (const { load } of this.records.values()) requests += load.unanswered;
    return requests;
  }

  /** Starts the session of an authenticated peer; an older one of the same peer is closed. */
  admit<Channel extends PeerChannel>(admission: Admission<Channel>): Channel {
    const { peer, connect, onEnded } = admission;
    const record = this.recordOf(peer.id);
    record.current?.session.close(REPLACED);
    const { load, uncertain } = record;
    let channel: Channel | undefined;
    const admitted = new PeerSession(this.around, {
      peer,
      connect: (listener) => (channel = connect(listener, load)),
      load,
      uncertain,
      onEnded: (end) => {
        if (record.current === admitted) record.current = undefined;
        onEnded?.(end);
      },
    });
    if (channel === undefined) throw new Error('a session was made without a channel');
    record.current = admitted;
    void admitted.start();
    return channel;
  }

  /** Our account on the ledger that a peer's live session is about, once that is known. */
  accountOf(peerId: string): string | undefined {
    return this.records.get(peerId)?.current?.account;
  }

  /** How much a peer asks of us, in whatever way. */
  loadOf(peerId: string): PeerLoad {
    return this.recordOf(peerId).load;
  }

  /** As `Deliveries.hearOutcome`, where the session of the peer is here. */
  hearOutcome(peerId: string, transferId: string): boolean {
    return this.records.get(peerId)?.current?.hearOutcome(transferId) ?? false;
  }

  sweep(nowMs: number): void {
    for (const { current } of this.records.values()) current?.sweep(nowMs);
  }

  /** Ends the session of a peer, if there is one here. */
  close(peerId: string, reason: string): void {
    this.records.get(peerId)?.current?.session.close(reason);
  }

  /** Ends the session of a peer and forgets all about it; what it is owed inside is still asked for. */
  forget(peerId: string, reason: string): void {
    this.close(peerId, reason);
    this.records.delete(peerId);
  }

  closeAll(reason: string, code: number): void {
    for (const { current } of this.records.values()) current?.session.close(reason, code);
  }

  private recordOf(peerId: string): PeerRecord {
    const { limits, clock } = this.around;
    let record = this.records.get(peerId);
    if (record === undefined) {
      const uncertain = new BoundedSet(limits.deliveriesRemembered);
      record = { load: new PeerLoad(limits, clock()), uncertain, current: undefined };
      this.records.set(peerId, record);
    }
    return record;
  }
}
