import { encodePeerAnswer, type PeerAnswer, readPeerQuestion, subjectsOf } from '#contracts';
import { BusConnection, ControlClient, ControlListener, ControlRefusal } from '#messaging';
import { encodeIlp, ilpEntry, ilpError } from '#protocol';
import { testNatsUrl } from '../../../test/support/test-nats';

/** One route update, as a peer got it. */
export interface ToldUpdate {
  readonly peerId: string;
  /** When it was sent, as `sentAtMs` says. */
  readonly atMs: number;
  readonly carriage: string;
  readonly routes: readonly { readonly destination: string; readonly points: unknown }[];
  readonly gone: readonly string[];
}

export const ACCEPTED: PeerAnswer = { type: 'response', protocolData: [] };
const triggered = { triggeredBy: 'test.peer', triggeredAtMs: 0 };
export const REFUSED: PeerAnswer = {
  type: 'response',
  protocolData: [ilpEntry(encodeIlp(ilpError({ code: 'F00', data: 'no', ...triggered })))],
};

interface Envelope {
  readonly data: {
    readonly new_routes: { readonly destination_ledger: string; readonly points?: unknown }[];
    readonly unreachable_through_me: string[];
  };
}

/** A gateway with peers that note what they are told, and answer as the test says. */
export class ScriptedPeers {
  readonly told: ToldUpdate[] = [];
  answer: (told: ToldUpdate) => PeerAnswer | 'silent' = () => ACCEPTED;
  /** When the peer was last sent an update, for who knows better than by when it came. */
  sentAtMs: (peerId: string) => number = Date.now;
  private readonly subjects;
  private readonly control: ControlClient;
  private readonly listener: ControlListener;
  private readonly sessions = new Map<string, number>();

  private constructor(
    private readonly bus: BusConnection,
    scope: string,
  ) {
    this.subjects = subjectsOf(scope);
    this.control = new ControlClient(bus);
    this.listener = new ControlListener(bus);
    this.listener.listen(this.subjects.peerState, () => Promise.resolve(this.states()));
    this.listener.listen(this.subjects.peersList, () => Promise.resolve(this.list()));
  }

  static async connect(scope: string): Promise<ScriptedPeers> {
    const bus = await BusConnection.connect({ url: testNatsUrl(), name: 'scripted-gateway' });
    const peers = new ScriptedPeers(bus, scope);
    await bus.roundTrip(10_000);
    return peers;
  }

  close(): Promise<void> {
    return this.bus.drain();
  }

  /** The peer has a session from now on, or another one. */
  async open(peerId: string): Promise<void> {
    if (!this.sessions.has(peerId)) {
      this.listener.listen(this.subjects.gatewayAsk(peerId), (asked) => this.hear(peerId, asked));
      await this.bus.roundTrip(10_000);
    }
    const isNew = !this.sessions.has(peerId);
    this.sessions.set(peerId, Date.now());
    if (isNew) this.control.announce(this.subjects.peersChanged, {});
    this.announce(peerId, 'open');
  }

  /** There is no such peer any more. */
  remove(peerId: string): void {
    this.announce(peerId, 'closed');
    this.sessions.delete(peerId);
    this.control.announce(this.subjects.peersChanged, {});
  }

  updates(peerId: string): ToldUpdate[] {
    return this.told.filter((each) => each.peerId === peerId);
  }

  private announce(peerId: string, state: 'open' | 'closed'): void {
    const sinceMs = this.sessions.get(peerId) ?? 0;
    const news = { gatewayId: 'gateway-1', peerId, state, sinceMs, speaks: 'BTP/1.0' };
    this.control.announce(this.subjects.gatewaySessions, news);
  }

  private list(): object {
    const peers = [...this.sessions.keys()].map((id) => {
      return { document: { id }, revision: 1, addedBy: 'test', addedAtMs: 0 };
    });
    return { version: 1, peers };
  }

  private states(): object {
    const peers = [...this.sessions].map(([peerId, sinceMs]) => {
      return { peerId, socket: 'server', state: 'open', sinceMs, reason: '', speaks: 'BTP/1.0' };
    });
    return { gatewayId: 'gateway-1', peers };
  }

  private hear(peerId: string, asked: unknown): Promise<object> {
    const [entry] = readPeerQuestion(asked).protocolData;
    const { data } = JSON.parse(entry?.data.toString() ?? '') as Envelope;
    const told: ToldUpdate = {
      peerId,
      atMs: this.sentAtMs(peerId),
      carriage: entry?.protocolName ?? '',
      routes: data.new_routes.map(({ destination_ledger: destination, points }) => {
        return { destination, points };
      }),
      gone: data.unreachable_through_me,
    };
    this.told.push(told);
    const answer = this.answer(told);
    if (answer !== 'silent') return Promise.resolve(encodePeerAnswer(answer));
    return Promise.reject(new ControlRefusal('no-answer', 'the peer does not answer'));
  }
}
