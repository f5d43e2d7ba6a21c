import { setTimeout as delay } from 'node:timers/promises';
import type { LedgerDescription, LedgerOpenReply } from '#contracts';
import { KeyAgreementError } from '#domain/peering';
import { type PeerSettings, peerText, type WebFingerSettings } from '#platform';
import { type HostResource, WebFingerError } from '#protocol';
import type { GatewayLimits } from '../gateway-limits';
import type { Log } from '../log';
import { configuredLedger } from '../sessions/configured-ledger';
import type { PeerStates } from '../sessions/peer-states';
import type { Clock } from '../sessions/wire';
import { foundPeer } from './found-peer';
import { LookUpError } from './look-up-error';
import type { OwnIdentity } from './own-identity';
import { PeeringError } from './peering-error';

export interface DiscoveryParts {
  readonly own: OwnIdentity;
  readonly settings: Pick<WebFingerSettings, 'retryMs' | 'cacheMs' | 'allowPrivateAddresses'>;
  readonly limits: Pick<GatewayLimits, 'repeatInsideMs' | 'lookUpsAtOnce'>;
  readonly states: PeerStates;
  readonly log: Log;
  readonly clock: Clock;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  /** @throws LookUpError | WebFingerError */
  readonly lookUp: (hostname: string) => Promise<HostResource>;
  /** Rejects when the ledger service cannot be reached. */
  readonly openLedger: (ledger: LedgerDescription) => Promise<LedgerOpenReply>;
  /** The peer is known from now on, by what was found; or by something else than before. */
  readonly onFound: (peer: PeerSettings) => void;
  /** What was known of the peer does not hold any more. */
  readonly onLost: (peerId: string, reason: string) => void;
}

interface Wanted {
  readonly peer: PeerSettings;
  /** What was found, for as long as it holds. */
  found: PeerSettings | undefined;
  /** The first key that it ever told us; another is an operator's to believe. */
  publicKey: string | undefined;
  /** What its host says rules a peering out, as things are. */
  isRefused: boolean;
  isBusy: boolean;
  /** It is none of ours any more: what is still under way for it leads to nothing. */
  isForgotten: boolean;
  dueAtMs: number;
}

/** Up to this share is added to a pause, so that many peers are not looked up at once. */
const JITTER_SHARE = 0.1;

/**
 * Looks up the peers that are found by their hosts, opens their ledgers, and keeps what was found
 * fresh (SPEC §8.5). Every gateway does so, since each must know a peer that calls or dials it; which
 * of them calls or dials the peer is settled elsewhere.
 */
export class Discovery {
  private readonly wanted = new Map<string, Wanted>();
  private busy = 0;
  private isStopped = false;

  constructor(private readonly parts: DiscoveryParts) {}

  /** One more peer is to be found, with the next sweep, or one that was known otherwise. */
  learn(peer: PeerSettings): void {
    this.forget(peer.id);
    this.wanted.set(peer.id, {
      peer,
      found: undefined,
      publicKey: undefined,
      isRefused: false,
      isBusy: false,
      isForgotten: false,
      dueAtMs: -Infinity,
    });
  }

  /** The peer is not looked up any more. What was found stays known to whoever was told. */
  forget(peerId: string): void {
    const wanted = this.wanted.get(peerId);
    if (wanted === undefined) return;
    wanted.isForgotten = true;
    this.wanted.delete(peerId);
  }

  /** Is there a peer that may be found by the next look-up? */
  get isSearching(): boolean {
    for (const { found, isRefused } of this.wanted.values()) {
      if (found === undefined && !isRefused) return true;
    }
    return false;
  }

  /** Begins what is due, as far as there is room; returns at once. */
  sweep(nowMs: number): void {
    if (this.isStopped) return;
    for (const wanted of this.wanted.values()) {
      if (this.busy >= this.parts.limits.lookUpsAtOnce) return;
      if (wanted.isBusy || nowMs < wanted.dueAtMs) continue;
      wanted.isBusy = true;
      this.busy += 1;
      void this.attempt(wanted);
    }
  }

  /** Looks nothing up any more, and forgets what is under way. */
  stop(): void {
    this.isStopped = true;
  }

  private async attempt(wanted: Wanted): Promise<void> {
    const { settings, clock, random } = this.parts;
    const isFound = await this.find(wanted).catch((error: unknown) => {
      if (!this.isOver(wanted)) this.fail(wanted, error);
      return false;
    });
    const pauseMs = isFound ? settings.cacheMs : settings.retryMs;
    wanted.dueAtMs = clock() + Math.round(pauseMs * (1 + JITTER_SHARE * random()));
    wanted.isBusy = false;
    this.busy -= 1;
    this.queueAgain(wanted);
  }

  /** Behind all others, so that each has its turn however few are looked up at once. */
  private queueAgain(wanted: Wanted): void {
    const { id } = wanted.peer;
    if (this.wanted.get(id) !== wanted) return;
    this.wanted.delete(id);
    this.wanted.set(id, wanted);
  }

  private isOver({ isForgotten }: Wanted): boolean {
    return this.isStopped || isForgotten;
  }

  /** @returns whether the peer may be spoken with */
  private async find(wanted: Wanted): Promise<boolean> {
    const { own, settings, states, lookUp } = this.parts;
    const { peer } = wanted;
    const { allowPrivateAddresses } = settings;
    if (wanted.dueAtMs === -Infinity)
      states.set(peer.id, 'connecting', 'looking it up at its host');
    const resource = await lookUp(peer.hostname ?? '');
    if (this.isOver(wanted)) return false;
    const found = foundPeer({ peer, resource, own, allowPrivateAddresses });
    this.requireSameKey(wanted, found.ledger.peerAccount);
    if (isSame(wanted.found, found)) return true;
    const conflict = await this.openLedger(found, wanted);
    if (this.isOver(wanted)) return false;
    if (conflict !== undefined) {
      this.lose(wanted, `${conflict}: it needs an operator`);
      return false;
    }
    this.keep(wanted, found);
    return true;
  }

  /** @throws PeeringError */
  private requireSameKey(wanted: Wanted, publicKey: string): void {
    const { publicKey: known } = wanted;
    if (known === undefined || known === publicKey) return;
    throw new PeeringError('key-changed', `from ${known} to ${publicKey}`);
  }

  /**
   * Asks the ledger service until it answers. Where the log has a ledger with this peer under another
   * key, that has another prefix, and the answer is a conflict (SPEC §8.5).
   * @returns what is in the way
   */
  private async openLedger(found: PeerSettings, wanted: Wanted): Promise<string | undefined> {
    const { openLedger, limits, states } = this.parts;
    while (!this.isOver(wanted)) {
      const reply = await openLedger(configuredLedger(found)).catch(() => UNAVAILABLE);
      if (reply.outcome === 'conflict') {
        return `the ledger's ${reply.field} is ${reply.stored} and cannot become ${reply.wanted}`;
      }
      if (reply.outcome !== 'unavailable') return undefined;
      if (this.isOver(wanted)) return undefined;
      states.set(found.id, 'connecting', 'the ledger service is unavailable');
      await delay(limits.repeatInsideMs);
    }
    return undefined;
  }

  private keep(wanted: Wanted, found: PeerSettings): void {
    const { states, log, onFound } = this.parts;
    const { id, socket, ledger, hostname } = found;
    if (wanted.found === undefined) {
      const next = socket === 'server' ? 'it is to dial us' : 'it is to be called';
      states.set(id, 'offline', `found at its host: ${next}`);
    }
    log.info({ peer: id, hostname, prefix: ledger.prefix }, 'peer found at its host');
    wanted.found = found;
    wanted.isRefused = false;
    wanted.publicKey = ledger.peerAccount;
    onFound(found);
  }

  /** What may pass by itself leaves what is known as it is. */
  private fail(wanted: Wanted, error: unknown): void {
    const { states, log } = this.parts;
    const { id, hostname } = wanted.peer;
    if (error instanceof PeeringError || error instanceof KeyAgreementError) {
      this.lose(wanted, describe(error));
      return;
    }
    const isExpected = error instanceof LookUpError || error instanceof WebFingerError;
    if (!isExpected) log.error({ err: error, peer: id }, 'a peer could not be looked up');
    const reason = isExpected ? describe(error) : 'internal error';
    log.info({ peer: id, hostname, reason: peerText(reason) }, 'peer not found at its host');
    const mayPass = error instanceof LookUpError;
    // A host that is away takes nothing back of what it said before.
    if (wanted.found !== undefined || (mayPass && wanted.isRefused)) return;
    wanted.isRefused = !mayPass;
    states.set(id, mayPass ? 'offline' : 'failed', reason);
  }

  private lose(wanted: Wanted, reason: string): void {
    const { states, log, onLost } = this.parts;
    const { id, hostname } = wanted.peer;
    log.warn({ peer: id, hostname, reason: peerText(reason) }, 'peering failed');
    if (wanted.found !== undefined) onLost(id, reason);
    wanted.found = undefined;
    wanted.isRefused = true;
    states.set(id, 'failed', reason);
  }
}

const UNAVAILABLE = { outcome: 'unavailable' } as const;

type Fault = LookUpError | WebFingerError | PeeringError | KeyAgreementError;

function describe(error: Fault): string {
  return `look-up (${error.rule}): ${error.message}`;
}

/** Do both lead to the same peer in the same way? The rest of the two is the configuration. */
function isSame(known: PeerSettings | undefined, found: PeerSettings): boolean {
  if (known === undefined) return false;
  return (
    known.socket === found.socket &&
    known.uri === found.uri &&
    known.rpcUri === found.rpcUri &&
    known.ledger.prefix === found.ledger.prefix &&
    known.ledger.peerAccount === found.ledger.peerAccount
  );
}
