import {
  type Answer,
  type AskPeerBalance,
  decodeHot,
  decodePeerQuoteQuestion,
  type Delivery,
  encodeHot,
  encodePeerBroadcastReply,
  encodePeerQuoteAnswer,
  type HotMessage,
  type LedgerOpenReply,
  partitionOf,
  type PeerAnswer,
  type PeerBroadcast,
  type PeerBroadcastReply,
  type PeersListReply,
  readPeerBroadcast,
  type SessionOpened,
  type Subjects,
  subjectsOf,
} from '#contracts';
import { ledgerId as asLedgerId, type LedgerId } from '#domain/ledger';
import { BatchedLink, BusConnection, ControlClient, RemotePeers } from '#messaging';
import type { ProtocolData } from '#protocol';
import { CurrentSessions } from '../../../apps/ledger/src/current-sessions';
import { Effects } from '../../../apps/ledger/src/effects';

type Question = Extract<HotMessage, { readonly replyTo: unknown }>;
type Verdict = Omit<Answer, 'kind' | 'reference'>;
/** How the inside reacts to a question; silence is what a restarting service says. */
export type InsideScript = (question: Question) => Verdict | 'silence';

export const ACCEPTED: Verdict = { error: null, balance: null };

export function refusedWith(name: string, message = name): Verdict {
  return { error: { name, message }, balance: null };
}

/** As an entry of `peers` in the configuration. */
export type PeerDocument = Readonly<Record<string, unknown>>;

/** Also on a machine that has much else to do. */
const WITHIN_MS = 20_000;
const POLL_MS = 5;

/** Router, ledger and quoter as one double at the other end of the bus, which does as it is told. */
export class ScriptedInside {
  /** Every message that came over the link, in order. */
  readonly heard: HotMessage[] = [];
  /** Ledgers that were asked to be opened. */
  readonly opened: unknown[] = [];
  /** What gateways announced of sessions, in order. */
  readonly sessionNews: unknown[] = [];
  script: InsideScript = () => ACCEPTED;
  onOpen: () => LedgerOpenReply | 'silence' = () => ({ outcome: 'opened' });
  /** What is answered to whoever asks for the peers that were added at run time. */
  onPeersList: () => unknown = () => this.listed;
  onQuote: (packet: Buffer) => Buffer | 'silence' = (packet) => packet;
  /** What a router says to a broadcast of a peer. */
  onBroadcast: (heard: PeerBroadcast) => PeerBroadcastReply | 'silence' = () => ({
    outcome: 'accepted',
  });
  /** Broadcasts of peers, in order. */
  readonly broadcasts: PeerBroadcast[] = [];
  /** Whether a session that opens is answered, and whether that answer arrives. */
  onSession: (opened: SessionOpened) => 'answer' | 'silence' | 'lost' = () => 'answer';
  private listed: PeersListReply = { version: 0, peers: [] };
  private readonly subjects: Subjects;
  private readonly responding = new Map<string, { unsubscribe(): void }>();
  private readonly owned = new Set<string>();
  private readonly ledgers = new Map<string, { readonly id: LedgerId }>();
  private readonly sessions: CurrentSessions;

  private constructor(
    private readonly bus: BusConnection,
    private readonly link: BatchedLink,
    scope: string,
  ) {
    this.subjects = subjectsOf(scope);
    this.sessions = new CurrentSessions(this.subjects);
  }

  static async start(
    url: string,
    scope: string,
    ledgerIds: readonly string[],
  ): Promise<ScriptedInside> {
    const bus = await BusConnection.connect({ url, name: 'scripted-inside' });
    const inside = new ScriptedInside(bus, new BatchedLink(bus), scope);
    inside.listen(ledgerIds);
    await bus.roundTrip(WITHIN_MS);
    return inside;
  }

  /** Messages of one kind, in order. */
  all<K extends HotMessage['kind']>(kind: K): Extract<HotMessage, { kind: K }>[] {
    return this.heard.filter(
      (message): message is Extract<HotMessage, { kind: K }> => message.kind === kind,
    );
  }

  /** Waits until `count` messages of a kind came; returns the last of these. */
  async hears<K extends HotMessage['kind']>(
    kind: K,
    count = 1,
  ): Promise<Extract<HotMessage, { kind: K }>> {
    const until = Date.now() + WITHIN_MS;
    for (;;) {
      const message = this.all(kind)[count - 1];
      if (message !== undefined) return message;
      if (Date.now() > until) throw new Error(`heard ${this.all(kind).length} of ${count} ${kind}`);
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  }

  /** Waits until so many sessions have announced themselves, however often each did. */
  async hearsSessions(count: number): Promise<void> {
    const until = Date.now() + WITHIN_MS;
    while (this.announcedSessions() < count) {
      if (Date.now() > until) {
        throw new Error(`heard of ${this.announcedSessions()} of ${count} sessions`);
      }
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  }

  announcedSessions(): number {
    return new Set(this.all('session-opened').map(({ sessionId }) => sessionId)).size;
  }

  /** What had reached the bus before is heard. */
  async hasHeardAll(): Promise<void> {
    await this.bus.roundTrip(WITHIN_MS);
  }

  deliver(peerId: string, delivery: Delivery | AskPeerBalance): void {
    this.link.send(this.subjects.gatewayPeer(peerId), encodeHot(delivery));
  }

  answer(question: Question, verdict: Verdict = ACCEPTED): void {
    const { gatewayId, reference } = question.replyTo;
    const subject = this.subjects.gatewayAnswers(gatewayId);
    this.link.send(subject, encodeHot({ kind: 'answer', reference, ...verdict }));
  }

  /** Adds these peers at run time, or changes those that are there; tells everybody unless told not to. */
  list(
    documents: readonly PeerDocument[],
    announced: 'announced' | 'silently' = 'announced',
  ): void {
    const listed = new Map(this.listed.peers.map((peer) => [peer.document.id, peer]));
    let { version } = this.listed;
    for (const document of documents) {
      version += 1;
      listed.set(document.id, { document, revision: version, addedBy: 'a test', addedAtMs: 0 });
    }
    this.listed = { version, peers: [...listed.values()] };
    this.own(documents.map(({ id }) => String(id)));
    if (announced === 'announced') this.announcePeers();
  }

  /** Removes these peers at run time. */
  delist(...peerIds: readonly string[]): void {
    const peers = this.listed.peers.filter(
      ({ document }) => !peerIds.includes(String(document.id)),
    );
    this.listed = { version: this.listed.version + peerIds.length, peers };
    this.announcePeers();
  }

  announcePeers(): void {
    const { peersChanged } = this.subjects;
    this.bus.nats.publish(peersChanged, JSON.stringify({ pattern: peersChanged, data: {} }));
  }

  /** Asks all gateways together, as the console does. */
  ask<T>(question: 'hostLookUp' | 'peerTrial', data: object, parse: (a: unknown) => T): Promise<T> {
    const subject = this.subjects[question];
    return new ControlClient(this.bus).ask(subject, data, { deadlineMs: WITHIN_MS, parse });
  }

  /** Asks a peer, as a router does. */
  askPeer(peerId: string, ...protocolData: readonly ProtocolData[]): Promise<PeerAnswer> {
    const peers = new RemotePeers(new ControlClient(this.bus), this.subjects);
    return peers.ask(peerId, { protocolData, withinMs: WITHIN_MS });
  }

  /** Nobody listens to this question any more once this resolves. */
  async deafen(question: 'routerBroadcast'): Promise<void> {
    this.responding.get(this.subjects[question])?.unsubscribe();
    await this.bus.roundTrip(WITHIN_MS);
  }

  /** The ledgers go to another owner, who knows of no session. */
  changeOwner(): void {
    this.ledgers.clear();
  }

  async stop(): Promise<void> {
    await this.link.close();
    await this.bus.drain();
  }

  private listen(ledgerIds: readonly string[]): void {
    const {
      routerPrepare,
      ledgerOpen,
      quoterQuestions,
      peersList,
      gatewaySessions,
      routerBroadcast,
    } = this.subjects;
    this.hear(routerPrepare);
    this.own(ledgerIds);
    this.respond(ledgerOpen, (ledger) => {
      this.opened.push(ledger);
      return this.onOpen();
    });
    this.respond(gatewaySessions, (news) => {
      this.sessionNews.push(news);
      return 'silence';
    });
    this.respond(peersList, () => this.onPeersList());
    this.respond(routerBroadcast, (data) => {
      const heard = readPeerBroadcast(data);
      this.broadcasts.push(heard);
      const reply = this.onBroadcast(heard);
      return reply === 'silence' ? reply : encodePeerBroadcastReply(reply);
    });
    this.link.listen(quoterQuestions, {}, (entry) => {
      const { replyTo, packet } = decodePeerQuoteQuestion(entry);
      const reply = this.onQuote(packet);
      if (reply === 'silence') return;
      const answer = encodePeerQuoteAnswer({ reference: replyTo.reference, packet: reply });
      this.link.send(this.subjects.gatewayQuotes(replyTo.gatewayId), answer);
    });
  }

  private own(ledgerIds: readonly string[]): void {
    for (const id of ledgerIds) this.hear(this.subjects.ledgerPartition(partitionOf(id)));
  }

  private hear(subject: string): void {
    if (this.owned.has(subject)) return;
    this.owned.add(subject);
    this.link.listen(subject, {}, (entry) => {
      this.receive(decodeHot(Buffer.from(entry)));
    });
  }

  private receive(message: HotMessage): void {
    this.heard.push(message);
    if (message.kind === 'session-opened') this.arbitrate(message);
    if (!('replyTo' in message)) return;
    const verdict = this.script(message);
    if (verdict !== 'silence') this.answer(message, verdict);
  }

  private arbitrate(opened: SessionOpened): void {
    const outcome = this.onSession(opened);
    if (outcome === 'silence') return;
    const { ledgerId } = opened;
    const ledger = this.ledgers.get(ledgerId) ?? { id: asLedgerId(ledgerId) };
    this.ledgers.set(ledgerId, ledger);
    const effects = new Effects();
    this.sessions.hear(ledger, opened, effects);
    effects.release((subject, entry) => {
      if (outcome === 'answer') this.link.send(subject, entry);
    });
  }

  /** As a `@MessagePattern` handler does. */
  private respond(subject: string, react: (data: unknown) => unknown): void {
    const heard = this.bus.nats.subscribe(subject, {
      callback: (_error, message) => {
        const { data, id } = message.json<{ data: unknown; id: string }>();
        const response = react(data);
        if (response === 'silence') return;
        message.respond(JSON.stringify({ response, isDisposed: true, id }));
      },
    });
    this.responding.set(subject, heard);
  }
}
