import { Logger } from '@nestjs/common';
import type { LocalLedger, ReceivedRoute, RoutingTables } from '#domain/routing';
import { decodeRoute, type Heartbeat, type KeptRoute, readPart } from './heard-message';
import type { HeardView, HeardViewListener, SeenPeer } from './heard-view';

/** What of a peer is in the tables. */
interface Applied {
  /** Another object stands for another ledger, which knows nothing of what was told on this one. */
  readonly ledger: LocalLedger;
  readonly expiresAtMs: number;
  readonly parts: Map<string, Buffer>;
}

export interface HeardTablesParts {
  readonly tables: RoutingTables;
  readonly view: HeardView;
  readonly clock: () => number;
  readonly onHeard: (peerId: string, heartbeat: Heartbeat) => void;
  readonly onReset: () => void;
  readonly onCaughtUp: () => void;
}

/**
 * Takes what peers told any router into the tables: everything of one update at once, when its
 * heartbeat is seen. What was told on a ledger that is not known yet waits for that.
 */
export class HeardTables implements HeardViewListener {
  private readonly logger = new Logger(HeardTables.name);
  private readonly applied = new Map<string, Applied>();
  /** Parts that are others than those in the tables. */
  private readonly dirty = new Map<string, Set<string>>();

  constructor(private readonly parts: HeardTablesParts) {
    parts.view.listen(this);
  }

  onPart({ peerId }: SeenPeer, part: string): void {
    const dirty = this.dirty.get(peerId) ?? new Set();
    this.dirty.set(peerId, dirty.add(part));
  }

  onHeartbeat(peer: SeenPeer): void {
    const { heartbeat, peerId } = peer;
    if (heartbeat === undefined) {
      this.forget(peerId);
      return;
    }
    // Somebody is writing. A process that comes new meanwhile takes what it finds.
    if (heartbeat.claim !== undefined && this.applied.has(peerId)) return;
    this.apply(peer, heartbeat);
    if (heartbeat.claim === undefined) this.parts.onHeard(peerId, heartbeat);
  }

  onReset(): void {
    for (const peerId of [...this.applied.keys()]) this.forget(peerId);
    this.dirty.clear();
    this.parts.onReset();
  }

  onCaughtUp(): void {
    this.parts.onCaughtUp();
  }

  /** The ledgers are others: what was told on them is taken in as far as it is not. */
  reapply(): void {
    for (const peer of this.parts.view.all) {
      if (peer.heartbeat === undefined) continue;
      const isThere =
        this.parts.tables.ledger(peer.peerId) === this.applied.get(peer.peerId)?.ledger;
      if (!isThere) this.apply(peer, peer.heartbeat);
    }
  }

  private apply(peer: SeenPeer, { heardAtMs, holdDownMs, account }: Heartbeat): void {
    const { tables, clock } = this.parts;
    const { peerId } = peer;
    const ledger = tables.ledger(peerId);
    const expiresAtMs = heardAtMs + holdDownMs;
    const nowMs = clock();
    const before = this.standing(peerId, ledger, nowMs);
    const isOver = expiresAtMs <= nowMs;
    // A hold-down that is over when it is seen shortens what a longer one had promised before.
    if (before === undefined || isOver) this.forget(peerId);
    if (ledger?.peerAddress !== account || isOver) return;
    const parts = before?.parts ?? new Map<string, Buffer>();
    const changed = before === undefined ? peer.parts.keys() : (this.dirty.get(peerId) ?? []);
    const { gone, told } = this.difference(peer, parts, [...changed]);
    const teller = { ledgerId: peerId, account };
    const heard = { holdDownMs, nowMs: heardAtMs };
    tables.extend(teller, heard);
    if (gone.length > 0) tables.withdraw(teller, gone);
    if (told.length > 0) tables.learn(teller, told.map(receivedOn(ledger, account)), heard);
    this.applied.set(peerId, { ledger, expiresAtMs, parts });
    this.dirty.delete(peerId);
  }

  /** What of the peer is in the tables, unless it has expired, or the ledger is another one. */
  private standing(
    peerId: string,
    ledger: LocalLedger | undefined,
    nowMs: number,
  ): Applied | undefined {
    const applied = this.applied.get(peerId);
    if (applied === undefined || applied.ledger !== ledger) return undefined;
    // A clock that was set back since does not bring back what the tables have dropped.
    const isDropped = applied.parts.size > 0 && this.parts.tables.countLearntOn(peerId) === 0;
    return applied.expiresAtMs > nowMs && !isDropped ? applied : undefined;
  }

  /** What is to be told to the tables; afterwards the parts are as they were seen. */
  private difference(peer: SeenPeer, parts: Map<string, Buffer>, changed: readonly string[]) {
    const before = new Map<string, string>();
    const after = new Map<string, string>();
    for (const part of changed) {
      const seen = peer.parts.get(part)?.value ?? EMPTY;
      for (const [key, json] of this.routesIn(peer, parts.get(part) ?? EMPTY))
        before.set(key, json);
      for (const [key, json] of this.routesIn(peer, seen)) after.set(key, json);
      if (seen === EMPTY) parts.delete(part);
      else parts.set(part, seen);
    }
    const told: KeptRoute[] = [];
    for (const [key, json] of after) {
      if (before.get(key) !== json) told.push(...this.decoded(peer, json));
    }
    return { gone: [...before.keys()].filter((key) => !after.has(key)), told };
  }

  private routesIn({ peerId }: SeenPeer, value: Buffer): ReturnType<typeof readPart> {
    try {
      return readPart(value);
    } catch (error) {
      this.logger.error(`routes that are kept of ${peerId} cannot be read: ${String(error)}`);
      return [];
    }
  }

  private decoded({ peerId }: SeenPeer, json: string): KeptRoute[] {
    try {
      return [decodeRoute(json)];
    } catch (error) {
      this.logger.error(`a route that is kept of ${peerId} cannot be read: ${String(error)}`);
      return [];
    }
  }

  private forget(peerId: string): void {
    this.parts.tables.forgetPeer(peerId);
    this.applied.delete(peerId);
  }
}

const EMPTY = Buffer.from('[]');

function receivedOn({ prefix }: LocalLedger, account: string) {
  return (route: KeptRoute): ReceivedRoute => ({
    ...route,
    sourceLedger: prefix,
    sourceAccount: account,
  });
}
