import { setImmediate as nextTurn } from 'node:timers/promises';
import type { ListedPeer, PeersListReply } from '#contracts';
import {
  type NamedPeer,
  PeerDocumentError,
  type PeerSettings,
  peerText,
  readPeerDocument,
  requireRoomForPeer,
} from '#platform';
import type { GatewayLimits } from '../gateway-limits';
import type { GatewayMetrics } from '../gateway-metrics';
import type { Log } from '../log';
import type { PeerStates } from '../sessions/peer-states';
import type { Clock } from '../sessions/wire';
import type { KnownPeers } from './known-peers';

export interface RunTimePeersParts {
  /** Asks the ledger service; rejects if there is no answer that can be read. */
  readonly ask: () => Promise<PeersListReply>;
  readonly known: Pick<KnownPeers, 'add' | 'replace' | 'withdraw'>;
  readonly states: Pick<PeerStates, 'add' | 'remove'>;
  /** They come first: whoever is listed and gets in their way is passed over. */
  readonly configured: readonly PeerSettings[];
  /** Under which hosts find us; undefined where none does. */
  readonly ownHostname: string | undefined;
  readonly limits: Pick<GatewayLimits, 'peersRefreshMs' | 'repeatInsideMs'>;
  readonly metrics: GatewayMetrics;
  readonly log: Log;
  readonly clock: Clock;
}

/** A listed peer as it was last taken over, or passed over. */
interface Taken {
  readonly revision: number;
  readonly isKnown: boolean;
}

/** No setting: so much work at a time, so that payments go on while a long list is taken over. */
const TURN_MS = 2;
/** No setting: so many changes in a row are one question, and nobody notices the wait. */
const LEAST_PAUSE_MS = 100;
/** No setting: services start in any order, so that a first question may well find nobody. */
const WARNED_AFTER_FAILURES = 3;

/**
 * Follows the list of the peers that were added at run time. What was known stays known while there is
 * no answer; nobody waits for one.
 */
export class RunTimePeers {
  private readonly taken = new Map<string, Taken>();
  private readonly configuredIds: ReadonlySet<string>;
  private readonly others: readonly NamedPeer[];
  private version = -Infinity;
  /** How often a change was announced, and how often until the list that is in force was asked for. */
  private announced = 1;
  private counted = 0;
  private failures = 0;
  private isBusy = false;
  private isStopped = false;
  private dueAtMs = -Infinity;
  private askedAtMs = -Infinity;

  constructor(private readonly parts: RunTimePeersParts) {
    this.configuredIds = new Set(parts.configured.map(({ id }) => id));
    this.others = parts.configured.map((peer) => ({
      name: `the configured peer ${peer.id}`,
      peer,
    }));
  }

  /** May there be peers that we have yet to hear of? Then nobody is a stranger for certain. */
  get isBehind(): boolean {
    return this.counted < this.announced;
  }

  /** The list has changed: it is asked for at once, or as soon as it has not just been. */
  hurry(): void {
    this.announced += 1;
    this.dueAtMs = Math.min(this.dueAtMs, this.askedAtMs + LEAST_PAUSE_MS);
  }

  /** Asks if it is time; returns at once. */
  sweep(nowMs: number): void {
    if (this.isStopped || this.isBusy || nowMs < this.dueAtMs) return;
    this.isBusy = true;
    this.dueAtMs = Infinity;
    this.askedAtMs = nowMs;
    void this.refresh();
  }

  /** Asks no more, and takes nothing over any more. */
  stop(): void {
    this.isStopped = true;
  }

  /** Never rejects. */
  private async refresh(): Promise<void> {
    const { ask, limits, clock } = this.parts;
    const { announced } = this;
    let pauseMs = limits.peersRefreshMs;
    try {
      await this.takeOver(await ask());
      this.counted = announced;
      this.failures = 0;
    } catch (error) {
      // Soon at first: whoever has it may just be starting, and until then nobody is turned away for good.
      pauseMs = Math.min(limits.repeatInsideMs, LEAST_PAUSE_MS * 2 ** this.failures);
      this.failures += 1;
      this.tellFailure(error);
    }
    this.dueAtMs = Math.min(this.dueAtMs, clock() + pauseMs);
    this.isBusy = false;
  }

  private tellFailure(error: unknown): void {
    if (this.failures !== WARNED_AFTER_FAILURES) return;
    this.parts.log.warn({ err: error }, 'the list of peers added at run time is not to be had');
  }

  /** @throws RangeError for a list that is older than what it would replace */
  private async takeOver({ version, peers }: PeersListReply): Promise<void> {
    if (version < this.version) {
      throw new RangeError(`the list is of version ${version}, after one of ${this.version}`);
    }
    const listed = new Map(peers.map((peer) => [nameOf(peer), peer]));
    const steps: (() => void)[] = [];
    for (const name of this.taken.keys()) {
      if (!listed.has(name)) steps.push(this.withdraw.bind(this, name));
    }
    for (const [name, peer] of listed) {
      if (this.taken.get(name)?.revision !== peer.revision) {
        steps.push(this.take.bind(this, name, peer));
      }
    }
    let turnEndsAt = 0;
    for (const step of steps) {
      if (performance.now() >= turnEndsAt) {
        await nextTurn();
        turnEndsAt = performance.now() + TURN_MS;
      }
      if (this.isStopped) return;
      step();
    }
    this.version = version;
  }

  private take(name: string, listed: ListedPeer): void {
    const { known, metrics, log } = this.parts;
    const { revision } = listed;
    const wasKnown = this.taken.get(name)?.isKnown === true;
    try {
      const peer = this.settingsOf(listed);
      if (wasKnown) known.replace(peer);
      else known.add(peer);
    } catch (error) {
      this.passOver(name, listed, error);
      return;
    }
    this.taken.set(name, { revision, isKnown: true });
    metrics.listed[wasKnown ? 'changed' : 'added'] += 1;
    log.info({ peer: name, revision }, wasKnown ? 'peer changed' : 'peer added');
  }

  /** @throws PeerDocumentError */
  private settingsOf({ document }: ListedPeer): PeerSettings {
    const peer = readPeerDocument(document);
    requireRoomForPeer(peer, this.others, this.parts.ownHostname);
    return peer;
  }

  /** Once for each revision, so that the log has it once. */
  private passOver(name: string, { revision }: ListedPeer, error: unknown): void {
    const { known, states, metrics, log } = this.parts;
    const isConfigured = this.configuredIds.has(name);
    if (!isConfigured) known.withdraw(name, 'what is said of it now cannot be taken over');
    this.taken.set(name, { revision, isKnown: false });
    metrics.listed.skipped += 1;
    const isExpected = error instanceof PeerDocumentError;
    const reason = isExpected ? error.message : 'internal error';
    const fields = { peer: peerText(name), revision, reason: peerText(reason) };
    if (isExpected) log.warn(fields, 'a listed peer is passed over');
    else log.error({ ...fields, err: error }, 'a listed peer is passed over');
    if (!isConfigured) {
      states.add(name, { state: 'failed', reason: `it was added, but is passed over: ${reason}` });
    }
  }

  private withdraw(name: string): void {
    const { known, states, metrics, log } = this.parts;
    const isKnown = this.taken.get(name)?.isKnown === true;
    this.taken.delete(name);
    if (isKnown) known.withdraw(name, 'the peer was removed');
    else if (!this.configuredIds.has(name)) states.remove(name);
    metrics.listed.withdrawn += 1;
    log.info({ peer: peerText(name) }, 'peer withdrawn');
  }
}

/** Its id, as far as it has one. */
function nameOf({ document, revision }: ListedPeer): string {
  return typeof document.id === 'string' ? document.id : `nameless, revision ${revision}`;
}
