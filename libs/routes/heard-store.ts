import {
  type BroadcastSender,
  type Heard,
  receiveBroadcast,
  type RoutingTables,
} from '#domain/routing';
import type { ReceivedRoutingUpdate } from '#protocol';
import { type KeyValue, RevisionConflictError } from '#messaging';
import { countKept, HeardDraft, type HeardLimits, type PartChange } from './heard-draft';
import {
  encodeHeartbeat,
  type HeardRefusal,
  type Heartbeat,
  HEARTBEAT_KEY,
  UNUSED_NAMED,
} from './heard-message';
import type { HeardView, SeenPeer } from './heard-view';

/** What a peer told cannot be kept now; it will tell it again. */
export class RoutesUnavailableError extends Error {
  override readonly name = 'RoutesUnavailableError';

  constructor(
    readonly rule: 'not-caught-up' | 'busy' | 'ledger-unknown' | 'lost',
    options?: ErrorOptions,
  ) {
    super(`routes cannot be taken in now: ${rule}`, options);
  }
}

export interface HeardStoreParts {
  readonly view: HeardView;
  readonly tables: RoutingTables;
  readonly bucket: Pick<KeyValue, 'put' | 'delete' | 'maxValueBytes'>;
  readonly limits: HeardLimits;
  /** Of this process; names whoever is writing. */
  readonly instanceId: string;
  readonly clock: () => number;
}

/** An update of a peer, to be kept until then or not at all. */
export interface ToldUpdate {
  readonly peerId: string;
  readonly update: ReceivedRoutingUpdate;
  readonly untilMs: number;
}

interface Claimed {
  readonly peer: SeenPeer;
  readonly revision: number;
  /** Nothing holds that was told before. */
  readonly isAnew: boolean;
  readonly before: Heartbeat;
}

/** Whoever writes the routes of a peer for longer than that has died over it. */
const CLAIM_MS = 5_000;
const WRITES_AT_ONCE = 64;

const SILENCE: Heartbeat = {
  account: '',
  heardAtMs: 0,
  holdDownMs: 0,
  showsV21: false,
  routes: 0,
  details: 0,
  updates: 0,
  skipped: {},
  unused: [],
  spent: { updates: 0, routes: 0 },
};

/**
 * Keeps what peers told where every process sees it. Whoever takes an update in first claims the
 * peer, by a heartbeat that only replaces the one it knows, and waits until it has seen its own
 * claim: then it has seen all that others wrote before. A last heartbeat says that all is written.
 */
export class HeardStore {
  private readonly lanes = new Map<string, Promise<unknown>>();

  constructor(private readonly parts: HeardStoreParts) {}

  /**
   * Keeps an update that is well-formed (SPEC §11.10). Of one peer one is taken at a time. When it
   * is kept, the tables of this process have it.
   * @throws RoutesUnavailableError | BucketUnavailableError: some of it may be kept, or nothing
   */
  take(told: ToldUpdate): Promise<Heard> {
    return this.inTurn(told.peerId, () => this.retried(told, () => this.takeNow(told)));
  }

  /** The peer wants to be told everything anew. @throws as `take` */
  noteFullTableRequest(from: Omit<ToldUpdate, 'update'>): Promise<void> {
    return this.note(from, () => ({ fullTableAskedMs: this.parts.clock() }));
  }

  /** An update of the peer was refused; nothing that it told before is touched by it. @throws as `take` */
  noteRefusal(from: Omit<ToldUpdate, 'update'>, refusal: HeardRefusal): Promise<void> {
    return this.note(from, () => ({ refusal }));
  }

  private note(
    { peerId, untilMs }: Omit<ToldUpdate, 'update'>,
    words: () => Partial<Heartbeat>,
  ): Promise<void> {
    const note = async (): Promise<void> => {
      const peer = await this.unclaimed(peerId, untilMs);
      const before = lastWord(peer, this.sender(peerId).account);
      await this.beat(peer, { ...before, ...words(), spent: spentAfter(before) }, untilMs);
    };
    return this.inTurn(peerId, () => this.retried({ peerId, untilMs }, note));
  }

  private async takeNow({ peerId, update, untilMs }: ToldUpdate): Promise<Heard> {
    const peer = await this.unclaimed(peerId, untilMs);
    const sender = this.sender(peerId);
    const nowMs = this.parts.clock();
    const last = lastWord(peer, sender.account);
    const isAlive = last.heardAtMs + last.holdDownMs > nowMs;
    const before = isAlive ? last : { ...last, skipped: {}, unused: [], anewAtMs: nowMs };
    if (isAlive && before.claim === undefined && saysNothing(update)) {
      const heard = receiveBroadcast(update, { sender, nowMs }, NOTHING_TOLD);
      await this.beat(peer, { ...next(before, heard), skipped: before.skipped }, untilMs);
      return heard;
    }
    const claimed = await this.claim(peer, { isAnew: !isAlive, before, untilMs });
    const draft = this.draft(claimed);
    const heard = receiveBroadcast(update, { sender, nowMs: this.parts.clock() }, draft);
    await this.write(peerId, draft.changes());
    const spent = spentAfter(before, sizeOfUpdate(update));
    const { routes, details } = draft;
    const said = { ...next(before, heard), routes, details, spent };
    await this.replace(claimed.peer, { revision: claimed.revision, said, untilMs });
    return heard;
  }

  private sender(peerId: string): BroadcastSender {
    const account = this.parts.tables.ledger(peerId)?.peerAddress;
    if (account === undefined) throw new RoutesUnavailableError('ledger-unknown');
    return { ledgerId: peerId, account };
  }

  private draft({ peer, isAnew }: Claimed): HeardDraft {
    const { tables, limits, bucket } = this.parts;
    return new HeardDraft({ tables, peer, limits, isAnew, maxValueBytes: bucket.maxValueBytes });
  }

  /** The peer, as soon as nobody else is writing what it told. */
  private async unclaimed(peerId: string, untilMs: number): Promise<SeenPeer> {
    const { view, clock, instanceId } = this.parts;
    for (;;) {
      if (!view.isCaughtUp) throw new RoutesUnavailableError('not-caught-up');
      const peer = view.peer(peerId);
      const claim = peer.heartbeat?.claim;
      const nowMs = clock();
      if (claim === undefined || claim.by === instanceId) return peer;
      if (claim.sinceMs + CLAIM_MS <= nowMs) return peer;
      if (nowMs >= untilMs) throw new RoutesUnavailableError('busy');
      const leftMs = Math.min(untilMs, claim.sinceMs + CLAIM_MS) - nowMs;
      await view.sees(peerId, peer.revision + 1, leftMs);
    }
  }

  private async claim(
    peer: SeenPeer,
    { isAnew, before, untilMs }: Omit<Claimed, 'peer' | 'revision'> & { untilMs: number },
  ): Promise<Claimed> {
    const { clock, instanceId, view } = this.parts;
    // Whoever had claimed it and died may have written some.
    const isCounted = before.claim === undefined && before.details !== undefined;
    const counted = isCounted ? {} : countKept(peer);
    const said = { ...before, ...counted, claim: { by: instanceId, sinceMs: clock() } };
    const revision = await this.replace(peer, { revision: peer.revision, said, untilMs });
    return { peer: view.peer(peer.peerId), revision, isAnew, before };
  }

  private async beat(peer: SeenPeer, said: Heartbeat, untilMs: number): Promise<void> {
    await this.replace(peer, { revision: peer.revision, said, untilMs });
  }

  /** Puts a heartbeat in place of the one of that revision, and waits until it is seen. */
  private async replace(
    { peerId }: SeenPeer,
    { revision, said, untilMs }: { revision: number; said: Heartbeat; untilMs: number },
  ): Promise<number> {
    const { bucket, view, clock } = this.parts;
    const key = `${peerId}.${HEARTBEAT_KEY}`;
    const written = await bucket.put(key, encodeHeartbeat(said), revision);
    const isSeen = await view.sees(peerId, written, Math.max(1, untilMs - clock()));
    if (!isSeen) throw new RoutesUnavailableError('lost');
    return written;
  }

  private async write(peerId: string, changes: readonly PartChange[]): Promise<void> {
    const { bucket } = this.parts;
    const left = [...changes];
    const work = async (): Promise<void> => {
      for (let change = left.pop(); change !== undefined; change = left.pop()) {
        const key = `${peerId}.${change.part}`;
        if (change.value === undefined) await bucket.delete(key, change.revision);
        else await bucket.put(key, change.value, change.revision);
      }
    };
    const writers = Array.from({ length: WRITES_AT_ONCE }, () =>
      work().catch((error: unknown) => {
        left.length = 0;
        throw error;
      }),
    );
    // Whoever comes next must not meet what is still being written here.
    await Promise.allSettled(writers);
    await Promise.all(writers);
  }

  /** Somebody else may have been faster: then what they wrote is seen first. */
  private async retried<T>(
    { peerId, untilMs }: Omit<ToldUpdate, 'update'>,
    work: () => Promise<T>,
  ): Promise<T> {
    const { view, clock } = this.parts;
    for (;;) {
      const { revision } = view.peer(peerId);
      try {
        return await work();
      } catch (error) {
        if (!(error instanceof RevisionConflictError)) throw error;
        const leftMs = untilMs - clock();
        if (leftMs <= 0) throw new RoutesUnavailableError('busy', { cause: error });
        await view.sees(peerId, revision + 1, leftMs);
      }
    }
  }

  private async inTurn<T>(peerId: string, work: () => Promise<T>): Promise<T> {
    const before = this.lanes.get(peerId) ?? Promise.resolve();
    const turn = before.catch(() => undefined).then(work);
    this.lanes.set(peerId, turn);
    try {
      return await turn;
    } finally {
      if (this.lanes.get(peerId) === turn) this.lanes.delete(peerId);
    }
  }
}

/** What is known of the peer, if it is still the same one. */
function lastWord({ heartbeat }: SeenPeer, account: string): Heartbeat {
  return heartbeat?.account === account ? heartbeat : { ...SILENCE, account };
}

/** A heartbeat tells the tables nothing but that the peer is there. */
const NOTHING_TOLD = { extend: () => undefined, withdraw: () => 0, learn: () => [] };

function saysNothing(update: ReceivedRoutingUpdate): boolean {
  return sizeOfUpdate(update) === 0;
}

/** Routes and withdrawals that were read. */
export function sizeOfUpdate({ newRoutes, skipped, unreachable }: ReceivedRoutingUpdate): number {
  return newRoutes.length + skipped.length + unreachable.length;
}

function spentAfter({ spent }: Heartbeat, routes = 0): Heartbeat['spent'] {
  return { updates: spent.updates + 1, routes: spent.routes + routes };
}

/** What is known of the peer after the update; its claim is over. */
function next(before: Heartbeat, heard: Heard): Heartbeat {
  const { atMs, holdDownMs, requestFullTable, showsV21, unused } = heard;
  const skipped: Record<string, number> = {};
  for (const { reason } of unused) skipped[reason] = (skipped[reason] ?? 0) + 1;
  return {
    ...before,
    claim: undefined,
    heardAtMs: atMs,
    holdDownMs,
    showsV21: before.showsV21 || showsV21,
    ...(requestFullTable && { fullTableAskedMs: atMs }),
    updates: before.updates + 1,
    spent: spentAfter(before),
    skipped,
    unused: unusedAfter(before, heard),
  };
}

/** What a peer tells anew is of use, or of none for another reason; what it withdraws is neither. */
function unusedAfter({ unused: before }: Heartbeat, heard: Heard): Heartbeat['unused'] {
  const { used, unreachable, unused } = heard;
  if (used.length + unreachable.length + unused.length === 0) return before;
  const after = new Map(before);
  for (const destination of [...unreachable, ...used]) after.delete(destination);
  for (const { destination, reason } of unused) {
    after.delete(destination);
    after.set(destination, reason);
  }
  return [...after].slice(-UNUSED_NAMED);
}
