import { PeerStates } from './peer-states';

describe('PeerStates', () => {
  it('tells of every peer since when it stands how, and why', () => {
    let nowMs = 1_000;
    const states = new PeerStates(['alice', 'bob'], () => nowMs);
    nowMs = 2_000;
    states.set('bob', 'connecting', 'dialling');
    nowMs = 3_000;
    states.set('bob', 'connecting', 'agreeing on the ledger');
    expect(states.list()).toEqual([
      { peerId: 'alice', state: 'offline', sinceMs: 1_000, reason: 'no session since the start' },
      { peerId: 'bob', state: 'connecting', sinceMs: 2_000, reason: 'agreeing on the ledger' },
    ]);
    nowMs = 4_000;
    states.set('bob', 'open');
    expect(states.list()[1]).toEqual({ peerId: 'bob', state: 'open', sinceMs: 4_000, reason: '' });
  });

  it('tells what a peer said in short, and without what a terminal would act on', () => {
    const states = new PeerStates(['alice'], () => 1_000);
    states.set('alice', 'failed', `auth refused: \u001b[2J${'x'.repeat(70_000)}`);
    expect(states.list()[0]?.reason).toMatch(/^auth refused: \ufffd\[2Jx{1,200}…$/);
  });
});
