import {
  encodePeerAnswer,
  encodePeerBroadcast,
  type PeerBroadcast,
  type PeerBroadcastReply,
  type PeerStateReply,
  readPeerBroadcastReply,
  readPeerQuestion,
  type SessionNews,
  type Subjects,
  subjectsOf,
} from '#contracts';
import { BusConnection, ControlClient, ControlListener } from '#messaging';
import {
  decodeIlp,
  encodeIlp,
  ilpEntry,
  type IlpPacket,
  protocolEntry,
  SUB_PROTOCOL,
} from '#protocol';
import { testNatsUrl } from './test-nats';

const ASK_WITHIN_MS = 20_000;

/** A gateway that only says whose sessions are open with it, and brings what peers broadcast. */
export class ScriptedSessions {
  private readonly open = new Map<string, number>();
  private readonly control: ControlClient;
  private readonly subjects: Subjects;

  private constructor(
    readonly bus: BusConnection,
    scope: string,
  ) {
    this.control = new ControlClient(bus);
    this.subjects = subjectsOf(scope);
    new ControlListener(bus).listen(this.subjects.peerState, () => Promise.resolve(this.reply));
  }

  static async connect(scope: string, open: readonly string[]): Promise<ScriptedSessions> {
    const bus = await BusConnection.connect({ url: testNatsUrl(), name: 'scripted-sessions' });
    const sessions = new ScriptedSessions(bus, scope);
    for (const peerId of open) sessions.open.set(peerId, 1);
    await bus.roundTrip(10_000);
    return sessions;
  }

  opens(peerId: string): void {
    const sinceMs = (this.open.get(peerId) ?? 1) + 1;
    this.open.set(peerId, sinceMs);
    this.announce({ peerId, state: 'open', sinceMs });
  }

  closes(peerId: string): void {
    this.open.delete(peerId);
    this.announce({ peerId, state: 'closed', sinceMs: 1 });
  }

  /** Says what a peer says about routes to one of the routers. */
  broadcast(peerId: string, message: object | Buffer): Promise<PeerBroadcastReply> {
    const isBytes = Buffer.isBuffer(message);
    const data = isBytes ? message : Buffer.from(JSON.stringify(message));
    const heard: PeerBroadcast = {
      ledgerId: peerId,
      peerId,
      carriage: 'custom',
      contentType: isBytes ? 0 : 2,
      data,
    };
    const question = { deadlineMs: ASK_WITHIN_MS, parse: readPeerBroadcastReply };
    return this.control.ask(this.subjects.routerBroadcast, encodePeerBroadcast(heard), question);
  }

  /** From now on the peer answers questions with these packets. What it is asked can be read. */
  answers(peerId: string, answer: (asked: IlpPacket) => IlpPacket): readonly IlpPacket[] {
    const asked: IlpPacket[] = [];
    new ControlListener(this.bus).listen(this.subjects.gatewayAsk(peerId), (question) => {
      const entry = protocolEntry(readPeerQuestion(question).protocolData, SUB_PROTOCOL.ilp);
      const packet = decodeIlp(entry?.data ?? Buffer.alloc(0));
      asked.push(packet);
      const protocolData = [ilpEntry(encodeIlp(answer(packet)))];
      return Promise.resolve(encodePeerAnswer({ type: 'response', protocolData }));
    });
    return asked;
  }

  close(): Promise<void> {
    return this.bus.drain();
  }

  private announce(news: Pick<SessionNews, 'peerId' | 'state' | 'sinceMs'>): void {
    this.control.announce(this.subjects.gatewaySessions, {
      gatewayId: GATEWAY,
      speaks: 'BTP/1.0',
      ...news,
    });
  }

  private get reply(): PeerStateReply {
    const peers = [...this.open].map(([peerId, sinceMs]) => ({
      peerId,
      state: 'open' as const,
      sinceMs,
      reason: '',
    }));
    return { gatewayId: GATEWAY, peers };
  }
}

const GATEWAY = 'scripted';
