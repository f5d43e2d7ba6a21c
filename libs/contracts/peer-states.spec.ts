import { mergePeerStates, type PeerStanding, readPeerStateReply } from './peer-states';

const standing = (peerId: string, state: PeerStanding['state'], sinceMs: number): PeerStanding => ({
  peerId,
  state,
  sinceMs,
  reason: '',
});

describe('mergePeerStates', () => {
  it('tells of each peer what tells most, and which gateway says so', () => {
    const merged = mergePeerStates([
      { gatewayId: 'one', peers: [standing('bob', 'offline', 9), standing('alice', 'open', 1)] },
      {
        gatewayId: 'two',
        peers: [standing('alice', 'connecting', 9), standing('bob', 'failed', 1)],
      },
      { gatewayId: 'three', peers: [standing('carol', 'offline', 2)] },
    ]);
    expect(merged).toEqual([
      { ...standing('alice', 'open', 1), gatewayId: 'one' },
      { ...standing('bob', 'failed', 1), gatewayId: 'two' },
      { ...standing('carol', 'offline', 2), gatewayId: 'three' },
    ]);
  });

  it('takes the newest of equals', () => {
    const replies = ['one', 'two', 'three'].map((gatewayId, index) => ({
      gatewayId,
      peers: [standing('alice', 'open', [5, 7, 6][index] ?? 0)],
    }));
    expect(mergePeerStates(replies)).toMatchObject([{ gatewayId: 'two', sinceMs: 7 }]);
  });

  it('puts together what several gateways heard and told, the one that saw the peer last first', () => {
    const here = {
      ...standing('alice', 'open', 1),
      lastSeenMs: 5,
      heard: { prefix: 'test.a.', limit: '1' },
    };
    const there = {
      ...standing('alice', 'offline', 9),
      lastSeenMs: 7,
      heard: { limit: '2' },
      told: { balance: '3' },
    };
    const never = standing('alice', 'offline', 10);
    const expected = [
      {
        ...here,
        gatewayId: 'here',
        lastSeenMs: 7,
        heard: { prefix: 'test.a.', limit: '2' },
        told: { balance: '3' },
      },
    ];
    const replies = [
      { gatewayId: 'here', peers: [here] },
      { gatewayId: 'there', peers: [there] },
      { gatewayId: 'elsewhere', peers: [never] },
    ];
    expect(mergePeerStates(replies)).toEqual(expected);
    expect(mergePeerStates([...replies].reverse())).toEqual(expected);
  });

  it('is empty where nobody says anything', () => {
    expect(mergePeerStates([])).toEqual([]);
  });
});

describe('readPeerStateReply', () => {
  it.each([null, {}, { gatewayId: 'one', peers: [{ peerId: 'bob', state: 'asleep' }] }])(
    'refuses %j',
    (answer) => {
      expect(() => readPeerStateReply(answer)).toThrow();
    },
  );
});
