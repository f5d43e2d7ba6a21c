import { randomUUID } from 'node:crypto';
import { Logger } from '@nestjs/common';
import {
  type PeerStanding,
  type PeerStateReply,
  type SessionNews,
  subjectsOf,
  type Subjects,
} from '#contracts';
import { eventually } from '../../test/support/processes';
import { testNatsUrl } from '../../test/support/test-nats';
import type { Listening } from './batched-link';
import { ConnectedPeers, type ConnectedPeersTiming } from './connected-peers';
import { ControlClient } from './control-client';
import { ControlListener } from './control-listener';
import { BusConnection } from './nats-connection';

/** A busy machine may miss some answers in a row; one that stood still misses one. */
const TIMING: ConnectedPeersTiming = { everyMs: 50, answerWithinMs: 250, missesUntilGone: 8 };
const GONE_AFTER_MS = TIMING.missesUntilGone * (TIMING.everyMs + TIMING.answerWithinMs);

let bus: BusConnection;
let subjects: Subjects;
let peers: ConnectedPeers;
let isBusConnected: boolean;
let told: string[];
let gateways: FakeGateway[];

/** A gateway that says what it is told to say. */
class FakeGateway {
  answers: 'yes' | 'no' = 'yes';
  questions = 0;
  private readonly open = new Map<string, PeerStanding>();
  private readonly listening: Listening;

  constructor(readonly gatewayId: string) {
    gateways.push(this);
    this.listening = new ControlListener(bus).listen(subjects.peerState, () => {
      this.questions += 1;
      const reply: PeerStateReply = { gatewayId, peers: [...this.open.values()] };
      return this.answers === 'yes' ? Promise.resolve(reply) : new Promise(() => undefined);
    });
  }

  stands(peerId: string, sinceMs: number, change: Partial<PeerStanding> = {}): void {
    const standing = { peerId, state: 'open', sinceMs, reason: '', speaks: 'BTP/1.0' } as const;
    this.open.set(peerId, { ...standing, ...change });
  }

  stops(peerId: string): void {
    this.open.delete(peerId);
  }

  announce(peerId: string, sinceMs: number, change: Partial<SessionNews> = {}): void {
    const { gatewayId } = this;
    const news = { gatewayId, peerId, state: 'open', sinceMs, speaks: 'BTP/1.0' } as const;
    new ControlClient(bus).announce(subjects.gatewaySessions, { ...news, ...change });
  }

  /** Two more questions: the first may have been on its way. */
  async isAskedAgain(): Promise<void> {
    const before = this.questions;
    await eventually('another question', () => this.questions > before + 1);
  }

  leave(): void {
    void this.listening.stop();
  }
}

beforeAll(async () => {
  Logger.overrideLogger(false);
  bus = await BusConnection.connect({ url: testNatsUrl(), name: 'connected-peers' });
});

afterAll(() => bus.drain());

beforeEach(() => {
  subjects = subjectsOf(randomUUID());
  gateways = [];
  told = [];
  isBusConnected = true;
  peers = new ConnectedPeers({
    control: new ControlClient(bus),
    listener: new ControlListener(bus),
    subjects,
    isBusConnected: () => isBusConnected,
    timing: TIMING,
  });
  peers.listen({
    onOpened: ({ peerId, gatewayId, speaks, sinceMs }) =>
      told.push(`${peerId} open at ${gatewayId} since ${sinceMs}: ${speaks}`),
    onClosed: (peerId) => told.push(`${peerId} closed`),
  });
});

afterEach(async () => {
  await peers.stop();
  for (const gateway of gateways) gateway.leave();
});

const says = (line: string): Promise<void> => eventually(line, () => told.includes(line));

describe('ConnectedPeers', () => {
  it('asks every gateway at the start, and knows only then', async () => {
    const one = new FakeGateway('one');
    one.stands('alice', 5);
    one.stands('bob', 6, { state: 'connecting' });
    new FakeGateway('two').stands('carol', 7, {
      speaks: 'rpc',
      ccpDialects: ['v21'],
      party: 'carols',
    });
    expect(peers.isKnown).toBe(false);
    peers.start();
    await says('alice open at one since 5: BTP/1.0');
    await says('carol open at two since 7: rpc');
    expect(peers.isKnown).toBe(true);
    expect(peers.get('carol')).toEqual({
      peerId: 'carol',
      gatewayId: 'two',
      speaks: 'rpc',
      sinceMs: 7,
      ccpDialects: ['v21'],
      party: 'carols',
    });
    expect([...peers.all.keys()].sort()).toEqual(['alice', 'carol']);
  });

  it('knows that nobody is connected where there is no gateway', async () => {
    peers.start();
    await eventually('an answer', () => peers.isKnown);
    expect(peers.all.size).toBe(0);
  });

  it('hears what is announced at once, and passes over what makes no sense', async () => {
    const one = new FakeGateway('one');
    peers.start();
    await one.isAskedAgain();
    one.announce('alice', 5, { speaks: 'BTP/alpha', ccpDialects: ['v17', 'v21'] });
    one.stands('alice', 5, { speaks: 'BTP/alpha' });
    await says('alice open at one since 5: BTP/alpha');
    expect(peers.get('alice')?.ccpDialects).toEqual(['v17', 'v21']);
    one.announce('alice', 5, { speaks: 'smoke' as 'rpc' });
    one.stops('alice');
    one.announce('alice', 8, { state: 'closed' });
    await says('alice closed');
    await one.isAskedAgain();
    expect(told).toHaveLength(2);
  });

  it('makes up for announcements that were lost', async () => {
    const one = new FakeGateway('one');
    peers.start();
    one.stands('alice', 5);
    await says('alice open at one since 5: BTP/1.0');
    one.stands('alice', 9);
    await says('alice open at one since 9: BTP/1.0');
    one.stops('alice');
    await says('alice closed');
  });

  it('follows a session that moves, though the end of the old one is heard last', async () => {
    const [one, two] = [new FakeGateway('one'), new FakeGateway('two')];
    one.stands('alice', 5);
    peers.start();
    await says('alice open at one since 5: BTP/1.0');
    two.stands('alice', 6);
    two.announce('alice', 6);
    await says('alice open at two since 6: BTP/1.0');
    one.stops('alice');
    one.announce('alice', 7, { state: 'closed' });
    await one.isAskedAgain();
    expect(told).toHaveLength(2);
    expect(peers.get('alice')?.gatewayId).toBe('two');
  });

  it('takes the sessions of a gateway away that is gone, and of no other one', async () => {
    const [one, two] = [new FakeGateway('one'), new FakeGateway('two')];
    one.stands('alice', 5);
    two.stands('bob', 5);
    peers.start();
    await says('alice open at one since 5: BTP/1.0');
    await says('bob open at two since 5: BTP/1.0');
    one.answers = 'no';
    await says('alice closed');
    expect(peers.get('bob')).toBeDefined();
    one.answers = 'yes';
    await eventually('alice again', () => peers.get('alice') !== undefined);
    one.leave();
    two.leave();
    await says('bob closed');
    await eventually('nobody', () => peers.all.size === 0);
  });

  it('takes silence for nothing while the bus is away', async () => {
    const one = new FakeGateway('one');
    one.stands('alice', 5);
    peers.start();
    await says('alice open at one since 5: BTP/1.0');
    isBusConnected = false;
    one.answers = 'no';
    await new Promise((resolve) => setTimeout(resolve, 1.5 * GONE_AFTER_MS));
    expect(peers.get('alice')).toBeDefined();
    isBusConnected = true;
    await says('alice closed');
  });

  it('tells the others though one listener fails', async () => {
    peers.listen({
      onOpened: () => {
        throw new Error('no');
      },
      onClosed: () => undefined,
    });
    const heard: string[] = [];
    peers.listen({ onOpened: ({ peerId }) => heard.push(peerId), onClosed: () => undefined });
    new FakeGateway('one').stands('alice', 5);
    peers.start();
    await eventually('alice', () => heard.includes('alice'));
  });
});
