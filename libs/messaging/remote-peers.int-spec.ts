import { randomUUID } from 'node:crypto';
import { encodePeerAnswer, MalformedPeerQuestionError, PEER_REFUSAL, subjectsOf } from '#contracts';
import { textEntry } from '#protocol';
import { testNatsUrl } from '../../test/support/test-nats';
import { RemoteError } from './bus-errors';
import { ControlClient } from './control-client';
import { ControlListener } from './control-listener';
import { ControlRefusal } from './control-server';
import { gatherPeerStates } from './gather-peer-states';
import { BusConnection } from './nats-connection';
import { PeerNotConnectedError, PeerSilentError, RemotePeers } from './remote-peers';

const question = { protocolData: [textEntry('custom', 'how much?')], withinMs: 20_000 };

let bus: BusConnection;
let client: ControlClient;
let listener: ControlListener;
let subjects: ReturnType<typeof subjectsOf>;
let peers: RemotePeers;

beforeAll(async () => {
  bus = await BusConnection.connect({ url: testNatsUrl(), name: 'remote-peers' });
  client = new ControlClient(bus);
  listener = new ControlListener(bus);
});

afterAll(() => bus.drain());

beforeEach(() => {
  subjects = subjectsOf(randomUUID());
  peers = new RemotePeers(client, subjects);
});

describe('RemotePeers', () => {
  it('brings a question to whoever holds the peer’s session, and the answer back', async () => {
    const heard: unknown[] = [];
    const answer = { type: 'response', protocolData: [textEntry('custom', 'that much')] } as const;
    listener.listen(subjects.gatewayAsk('bob'), (data) => {
      heard.push(data);
      return Promise.resolve(encodePeerAnswer(answer));
    });
    expect(await peers.ask('bob', question)).toEqual(answer);
    expect(heard).toHaveLength(1);
  });

  it('says at once that nobody holds a session', async () => {
    await expect(peers.ask('bob', question)).rejects.toThrow(PeerNotConnectedError);
  });

  it.each([
    [PEER_REFUSAL.gone, PeerNotConnectedError],
    [PEER_REFUSAL.silent, PeerSilentError],
    [PEER_REFUSAL.malformed, RemoteError],
  ])('tells a refusal by %s', async (code, error) => {
    listener.listen(subjects.gatewayAsk('bob'), () =>
      Promise.reject(new ControlRefusal(code, 'because')),
    );
    await expect(peers.ask('bob', question)).rejects.toThrow(error);
  });

  it('does not wait longer than asked to', async () => {
    listener.listen(subjects.gatewayAsk('bob'), () => new Promise(() => undefined));
    await expect(peers.ask('bob', { ...question, withinMs: 50 })).rejects.toThrow(PeerSilentError);
  });

  it('asks nothing that cannot be carried', async () => {
    const protocolData = [textEntry('custom', 'x'.repeat(200_000))];
    const asking = peers.ask('bob', { ...question, protocolData });
    await expect(asking).rejects.toThrow(MalformedPeerQuestionError);
  });
});

describe('gatherPeerStates', () => {
  const alice = { peerId: 'alice', sinceMs: 1, reason: '' };

  it('hears every gateway that answers in time, and leaves out what makes no sense', async () => {
    for (const answer of [
      { gatewayId: 'one', peers: [{ ...alice, state: 'offline' }] },
      { gatewayId: 'two', peers: [{ ...alice, state: 'open' }] },
      'nonsense',
    ]) {
      listener.listen(subjects.peerState, () => Promise.resolve(answer));
    }
    listener.listen(subjects.peerState, () => Promise.reject(new ControlRefusal('no', 'no')));
    listener.listen(subjects.peerState, () => new Promise(() => undefined));
    expect(await gatherPeerStates(client, subjects, 6_000)).toEqual([
      { ...alice, state: 'open', gatewayId: 'two' },
    ]);
  });

  it('is empty at once where there is no gateway', async () => {
    const startedAt = Date.now();
    expect(await gatherPeerStates(client, subjects, 60_000)).toEqual([]);
    expect(Date.now() - startedAt).toBeLessThan(30_000);
  });
});
