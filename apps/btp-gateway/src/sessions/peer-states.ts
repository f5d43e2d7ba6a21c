import type { PeerStanding, PeerState, SessionNews, Spoken } from '#contracts';
import { peerText } from '#platform';
import type { CcpDialect } from '#protocol';
import type { Clock } from './wire';

/** What was said, by name. */
export type Said = Readonly<Record<string, string>>;

/** What may still be hearing of a peer. */
export interface Ear {
  /** When the peer last said anything, ms since the epoch; undefined if it has not. */
  readonly heardAtMs: number | undefined;
  readonly speaks: Spoken;
}

/** Hears of every session that is open from now on, or over. */
export type SessionObserver = (news: Omit<SessionNews, 'gatewayId'>) => void;

interface Standing {
  readonly peerId: string;
  state: PeerState;
  sinceMs: number;
  reason: string;
  lastSeenMs: number | undefined;
  heard: Said | undefined;
  told: Said | undefined;
  /** Of the live session. */
  ear: Ear | undefined;
  /** What the peer said in it of the broadcasts that it reads. */
  ccpDialects: readonly CcpDialect[] | undefined;
  /** Names the connector behind the peer. */
  party: string | undefined;
}

/** A peer that nothing is known of yet. */
export interface NewStanding {
  readonly state?: PeerState;
  readonly reason?: string;
  readonly party?: string | undefined;
}

/**
 * How each peer that we know stands with this gateway, for operators. What is said of anybody else,
 * as by a session that ends after its peer was withdrawn, is passed over.
 */
export class PeerStates {
  private readonly standings = new Map<string, Standing>();

  constructor(
    private readonly clock: Clock,
    private readonly onSession: SessionObserver = () => undefined,
  ) {}

  get size(): number {
    return this.standings.size;
  }

  /** Knows one more peer, or the same one afresh. */
  add(
    peerId: string,
    { state = 'offline', reason = 'no session since the start', party }: NewStanding = {},
  ): void {
    this.remove(peerId);
    this.standings.set(peerId, {
      peerId,
      state,
      sinceMs: this.clock(),
      reason: peerText(reason),
      lastSeenMs: undefined,
      heard: undefined,
      told: undefined,
      ear: undefined,
      ccpDialects: undefined,
      party,
    });
  }

  remove(peerId: string): void {
    this.set(peerId, 'offline');
    this.standings.delete(peerId);
  }

  /**
   * The time of the last change of state stays when only the reason is another. A reason may be in
   * the peer's words.
   */
  set(peerId: string, state: PeerState, reason = ''): void {
    const known = this.standings.get(peerId);
    if (known === undefined) return;
    const before = known.state;
    if (before !== state) known.sinceMs = this.clock();
    known.state = state;
    known.reason = peerText(reason);
    if (before !== state && (before === 'open' || state === 'open')) this.tellSession(known);
  }

  /** From its next session on, this is who is behind the peer. */
  isBehind(peerId: string, party: string | undefined): void {
    const known = this.standings.get(peerId);
    if (known !== undefined) known.party = party;
  }

  /** From now on the peer speaks through `ear`. */
  listenBy(peerId: string, ear: Ear): void {
    const known = this.standings.get(peerId);
    if (known === undefined) return;
    known.lastSeenMs = lastSeen(known);
    known.ear = ear;
    known.ccpDialects = undefined;
  }

  /** The peer has said something, just now. */
  see(peerId: string): void {
    const known = this.standings.get(peerId);
    if (known !== undefined) known.lastSeenMs = this.clock();
  }

  /** The peer has said this of itself or of the ledger; what it said before under other names stays. */
  hear(peerId: string, said: Said): void {
    const known = this.standings.get(peerId);
    if (known !== undefined) known.heard = { ...known.heard, ...cleaned(said) };
  }

  /** The peer has said which dialects of route broadcasts it reads (SPEC D-9); before it is open. */
  reads(peerId: string, ccpDialects: readonly CcpDialect[]): void {
    const known = this.standings.get(peerId);
    if (known !== undefined) known.ccpDialects = ccpDialects;
  }

  /** We have said this to the peer. */
  tell(peerId: string, said: Said): void {
    const known = this.standings.get(peerId);
    if (known !== undefined) known.told = { ...known.told, ...cleaned(said) };
  }

  list(): readonly PeerStanding[] {
    return [...this.standings.values()].map(shown);
  }

  private tellSession({ peerId, state, sinceMs, ear, ccpDialects, party }: Standing): void {
    if (ear === undefined) return;
    const { speaks } = ear;
    if (state !== 'open') this.onSession({ peerId, state: 'closed', sinceMs, speaks });
    else this.onSession({ peerId, state, sinceMs, speaks, ...said({ ccpDialects, party }) });
  }
}

function shown(standing: Standing): PeerStanding {
  const { peerId, state, sinceMs, reason, heard, told, ear, ccpDialects, party } = standing;
  const lastSeenMs = lastSeen(standing);
  return {
    peerId,
    state,
    sinceMs,
    reason,
    ...(lastSeenMs !== undefined && { lastSeenMs }),
    ...(state === 'open' && ear && { speaks: ear.speaks }),
    ...(state === 'open' && said({ ccpDialects, party })),
    ...(heard && { heard }),
    ...(told && { told }),
  };
}

function said({ ccpDialects, party }: Pick<Standing, 'ccpDialects' | 'party'>) {
  return { ...(ccpDialects && { ccpDialects }), ...(party !== undefined && { party }) };
}

function lastSeen({ lastSeenMs, ear }: Standing): number | undefined {
  const heardAtMs = ear?.heardAtMs;
  if (lastSeenMs === undefined || heardAtMs === undefined) return heardAtMs ?? lastSeenMs;
  return Math.max(lastSeenMs, heardAtMs);
}

function cleaned(said: Said): Said {
  return Object.fromEntries(Object.entries(said).map(([name, text]) => [name, peerText(text)]));
}
