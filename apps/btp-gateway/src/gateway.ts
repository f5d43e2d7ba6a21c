import { setTimeout as delay } from 'node:timers/promises';
import { decodeHot, type PeerStateReply } from '#contracts';
import type { Listening } from '#messaging';
import type { HandedSockets, PeerSettings } from '#platform';
import { type GatewayLevels, GatewayMetrics } from './gateway-metrics';
import {
  gatewaySubjects,
  type GatewayParts,
  presenceOf,
  quoteLine,
  sessionAnnouncer,
  surroundings,
} from './gateway-wiring';
import { PeerDirectory } from './peer-directory';
import { PendingAnswers } from './pending-answers';
import { KnownPeers } from './peers/known-peers';
import { RunTimePeering } from './peers/run-time-peering';
import { DialledPeers } from './presence/dialled-peers';
import { GatewayRoster } from './presence/gateway-roster';
import type { Presence } from './presence/presence';
import type { QuoteLine } from './requests/quote-line';
import { RpcTransport } from './rpc/rpc-transport';
import { BTP_1_0, btpAlpha, type BtpDialect } from './sessions/btp-dialect';
import { BtpSession } from './sessions/btp-session';
import type { SessionEnd } from './sessions/peer-session';
import { PeerStates } from './sessions/peer-states';
import { SessionRegistry } from './sessions/session-registry';
import { type Clock, CLOSING_CODE, type Wire } from './sessions/wire';
import { CertificateFiles } from './sockets/certificate-files';
import type { DiallerParts } from './sockets/dialler';
import { BtpListener } from './sockets/listener';
import { TrustedAuthorities } from './sockets/trusted-authorities';
import { TurnCork } from './sockets/turn-cork';
import { lookUps } from './webfinger/look-ups';
import { lookupOf, WebFinger, type WebFingerParts } from './webfinger/webfinger';

/** What part of the time for stopping the answers that are still owed may take. */
const FINISH_SHARE = 0.6;
/** How often leaving looks whether everything is answered. */
const FINISH_POLL_MS = 20;

/**
 * The BTP side of the connector: sockets, sessions and what is pending between peers and our other
 * services. Knows frames, never balances.
 */
export class Gateway implements GatewayLevels {
  readonly metrics = new GatewayMetrics();
  readonly states: PeerStates;
  private readonly clock: Clock;
  private readonly pending: PendingAnswers;
  private readonly quotes: QuoteLine;
  private readonly registry: SessionRegistry;
  private readonly certificate: CertificateFiles | undefined;
  private readonly listener: BtpListener;
  private readonly rpc: RpcTransport;
  private readonly webfinger: WebFinger | undefined;
  private readonly dialled: DialledPeers;
  private readonly roster: GatewayRoster;
  private readonly presence: Presence;
  private readonly known: KnownPeers;
  private readonly peering: RunTimePeering;
  private listening: readonly Listening[] = [];
  private timer: NodeJS.Timeout | undefined;
  private isDraining = false;

  /**
   * @throws BtpUriError for a peer whose `uri` is none
   * @throws ConfigurationError for a file of a certificate that does not do
   */
  constructor(private readonly parts: GatewayParts) {
    const { configuration, limits, log, gatewayId, link } = parts;
    const { metrics } = this;
    const clock = parts.clock ?? Date.now;
    const random = parts.random ?? Math.random;
    const cork = new TurnCork();
    const directory = new PeerDirectory(({ id, btpVersion }, spoken) => {
      const fields = { peer: id, configured: btpVersion, spoken };
      log.warn(fields, 'a peer speaks another version of BTP than is configured');
    });
    this.clock = clock;
    this.states = new PeerStates(clock, sessionAnnouncer(parts));
    this.pending = new PendingAnswers({ gatewayId, link, limits, metrics, clock });
    this.quotes = quoteLine(parts, clock);
    const { pending, quotes, states } = this;
    const isDraining = (): boolean => this.isDraining;
    const made = { pending, quotes, metrics, clock, states, directory, isDraining };
    const around = surroundings(parts, made);
    this.registry = new SessionRegistry(around);
    const { tls, trustedCaFile, rpcPath: path, alphaPath } = configuration.gateway;
    const authorities = new TrustedAuthorities(trustedCaFile, log);
    const finding = {
      lookupOf: lookupOf(parts.webfinger?.settings),
      awaitsPeers: () => this.peering.isBehind || (this.webfinger?.isSearching ?? false),
    };
    const { registry } = this;
    this.rpc = new RpcTransport({ path, around, registry, authorities, ...finding, random });
    const identity = parts.webfinger && {
      ...parts.webfinger,
      lookUp: lookUps({ ...parts.webfinger, authorities, metrics, clock }),
    };
    this.webfinger = identity && this.makeWebFinger({ ...identity, around, random });
    const shared = { limits, metrics, log, clock, cork, ...finding };
    this.certificate = tls && new CertificateFiles({ files: tls, metrics, log });
    this.listener = new BtpListener({
      ...shared,
      certificate: this.certificate,
      alphaPath,
      recognise: directory.recognise.bind(directory),
      admit: this.admit.bind(this),
      answerHttp: (request, response, admitted) =>
        this.webfinger?.receive(request, response) === true ||
        this.rpc.receive(request, response, admitted),
    });
    this.roster = new GatewayRoster(gatewayId, limits);
    const dialling = { ...shared, authorities };
    this.dialled = this.makeDialled({ ...dialling, random });
    const { roster, dialled, rpc, webfinger } = this;
    this.presence = presenceOf(parts, { roster, dialled, clock });
    this.known = new KnownPeers({ directory, rpc, dialled, registry, states, webfinger });
    for (const peer of configuration.peers) this.known.add(peer);
    this.peering = new RunTimePeering({
      ...parts,
      ...dialling,
      subjects: around.subjects,
      webfinger: identity,
      configured: configuration.peers,
      known: this.known,
      states,
      directory,
    });
  }

  /**
   * Listens for peers, and waits for none.
   * @returns where peers dial us
   */
  async start(): Promise<string> {
    this.beginWork();
    const { host, port } = this.parts.configuration.gateway.listen;
    const address = await this.listener.listen(host, port);
    this.presence.start();
    return `${this.listener.scheme}://${host.includes(':') ? `[${host}]` : host}:${address.port}`;
  }

  /** As `start`, where somebody else listens for peers and hands us their connections. */
  startTaking(handed: Pick<HandedSockets, 'take'>): void {
    this.beginWork();
    this.listener.expectHanded();
    handed.take((socket) => {
      this.listener.take(socket);
    });
    this.presence.start();
  }

  private beginWork(): void {
    const { limits, link, listener, gatewayId } = this.parts;
    const subjects = gatewaySubjects(this.parts);
    this.listening = [
      link.listen(subjects.gatewayAnswers(gatewayId), {}, (entry) => {
        this.receiveAnswer(entry);
      }),
      this.quotes.listen(),
      listener.listen(subjects.peerState, () =>
        Promise.resolve({ gatewayId, peers: this.states.list() } satisfies PeerStateReply),
      ),
    ];
    this.peering.begin();
    this.sweep(this.clock());
    this.timer = setInterval(() => {
      this.sweep(this.clock());
    }, limits.sweepMs);
  }

  /** No new sockets, and no new requests on those there are; outcomes of transfers still count. */
  stopAccepting(): void {
    this.isDraining = true;
    this.listener.stop();
    this.peering.stop();
    this.webfinger?.stop();
    this.dialled.stop();
    this.presence.leave();
  }

  /**
   * Resolves when nothing is owed an answer any more and other gateways have the peers that we
   * dialled, or when waiting longer would leave no time.
   */
  async finish(): Promise<void> {
    const untilMs = this.clock() + FINISH_SHARE * this.parts.limits.shutdownMs;
    while (this.isNeeded() && this.clock() < untilMs) {
      await delay(FINISH_POLL_MS);
    }
  }

  async close(): Promise<void> {
    this.registry.closeAll('this connector is shutting down', CLOSING_CODE.goingAway);
    this.rpc.close();
    clearInterval(this.timer);
    await this.presence.stop();
    await this.peering.close();
    await Promise.all(this.listening.map((listening) => listening.stop()));
  }

  /** Rejects while no peer could connect. */
  checkListening(): Promise<void> {
    if (this.listener.isListening) return Promise.resolve();
    return Promise.reject(new Error('the BTP port is not open'));
  }

  peers(): number {
    return this.states.size;
  }

  peersBehind(): number {
    return this.peering.isBehind ? 1 : 0;
  }

  sessions(): number {
    return this.registry.size;
  }

  unauthenticatedSockets(): number {
    return this.listener.unauthenticated;
  }

  pendingInside(): number {
    return this.pending.size;
  }

  certificateExpiresAtMs(): number | undefined {
    return this.certificate?.expiresAtMs;
  }

  private admit(peer: PeerSettings, wire: Wire, onEnded?: (end: SessionEnd) => void): BtpSession {
    const { limits, log } = this.parts;
    const { metrics, clock } = this;
    const dialect = this.dialectOf(peer);
    const shared = { peerId: peer.id, wire, dialect, limits, metrics, log, clock };
    return this.registry.admit({
      peer,
      connect: (listener, load) => new BtpSession({ ...shared, load }, listener),
      ...(onEnded && { onEnded }),
    });
  }

  private dialectOf({ btpVersion, id, ledger }: PeerSettings): BtpDialect {
    if (btpVersion === 'BTP/1.0') return BTP_1_0;
    const { prefix, account } = ledger;
    const { address } = this.parts.configuration.connector;
    const foreknown = prefix === undefined ? address : prefix + account;
    return btpAlpha(() => this.registry.accountOf(id) ?? foreknown, this.clock);
  }

  private receiveAnswer(entry: Buffer): void {
    const message = decodeHot(entry);
    if (message.kind === 'answer') this.pending.receive(message);
    else this.parts.log.warn({ kind: message.kind }, 'not an answer');
  }

  private sweep(nowMs: number): void {
    this.pending.sweep(nowMs);
    this.quotes.sweep(nowMs);
    this.registry.sweep(nowMs);
    this.listener.sweep(nowMs);
    this.rpc.sweep(nowMs);
    this.peering.sweep(nowMs);
    this.webfinger?.sweep(nowMs);
    this.presence.sweep(nowMs);
    this.dialled.sweep(nowMs);
  }

  private isNeeded(): boolean {
    if (this.registry.unanswered + this.pending.size > 0) return true;
    return this.dialled.connected.length > 0 && this.roster.hasSuccessor(this.clock());
  }

  private makeDialled(shared: Omit<DiallerParts, 'states' | 'admit'>): DialledPeers {
    const { states, roster } = this;
    return new DialledPeers({
      states,
      dialler: { ...shared, states, admit: this.admit.bind(this) },
      rpcDialler: this.rpc.makeDialler.bind(this.rpc),
      dutyFor: roster.dutyFor.bind(roster),
      onChange: () => {
        this.presence.hurry();
      },
      restMs: shared.limits.gatewayGoneAfterMs,
    });
  }

  private makeWebFinger(parts: Omit<WebFingerParts, 'onFound' | 'onLost'>): WebFinger {
    return new WebFinger({
      ...parts,
      onFound: (peer) => {
        this.known.found(peer);
      },
      onLost: (peerId, reason) => {
        this.known.lost(peerId, reason);
      },
    });
  }
}
