import type { SessionNews, Spoken } from '#contracts';
import { PeerStates } from './peer-states';

describe('PeerStates', () => {
  it('tells of every peer since when it stands how, and why', () => {
    let nowMs = 1_000;
    const states = new PeerStates(() => nowMs);
    states.add('alice');
    states.add('bob');
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
    const states = new PeerStates(() => 1_000);
    states.add('alice');
    states.set('alice', 'failed', `auth refused: \u001b[2J${'x'.repeat(70_000)}`);
    expect(states.list()[0]?.reason).toMatch(/^auth refused: \ufffd\[2Jx{1,200}…$/);
  });

  it('knows only peers that were added, and none any more that was removed', () => {
    const states = new PeerStates(() => 1_000);
    states.set('alice', 'open');
    states.see('alice');
    states.hear('alice', { limit: '1' });
    expect(states.list()).toEqual([]);
    states.add('alice', { state: 'failed', reason: 'because' });
    expect(states.list()).toMatchObject([{ peerId: 'alice', state: 'failed', reason: 'because' }]);
    states.hear('alice', { limit: '1' });
    states.remove('alice');
    states.set('alice', 'offline', 'the session is over');
    expect(states).toMatchObject({ size: 0 });
    states.add('alice');
    expect(states.list()[0]).not.toHaveProperty('heard');
  });

  it('tells when a peer last said anything, also after the session through which it did', () => {
    let nowMs = 1_000;
    const states = new PeerStates(() => nowMs);
    states.add('alice');
    const seen = (): number | undefined => states.list()[0]?.lastSeenMs;
    expect(seen()).toBeUndefined();
    const ear: { heardAtMs: number | undefined; speaks: Spoken } = {
      heardAtMs: undefined,
      speaks: 'BTP/1.0',
    };
    states.listenBy('alice', ear);
    expect(seen()).toBeUndefined();
    ear.heardAtMs = 2_000;
    expect(seen()).toBe(2_000);
    states.listenBy('alice', { heardAtMs: undefined, speaks: 'BTP/1.0' });
    expect(seen()).toBe(2_000);
    nowMs = 3_000;
    states.see('alice');
    expect(seen()).toBe(3_000);
  });

  it('tells of every session that is open or over, once, and what is spoken over it', () => {
    const news: Omit<SessionNews, 'gatewayId'>[] = [];
    let nowMs = 1_000;
    const states = new PeerStates(
      () => nowMs,
      (one) => news.push(one),
    );
    states.add('alice');
    states.listenBy('alice', { heardAtMs: undefined, speaks: 'BTP/alpha' });
    states.set('alice', 'connecting', 'agreeing on the ledger');
    expect(news).toEqual([]);
    states.set('alice', 'open');
    states.set('alice', 'open');
    const opened = { peerId: 'alice', state: 'open', sinceMs: 1_000, speaks: 'BTP/alpha' };
    expect(news).toEqual([opened]);
    expect(states.list()[0]).toMatchObject({ state: 'open', speaks: 'BTP/alpha' });
    nowMs = 2_000;
    states.set('alice', 'offline', 'closed');
    states.set('alice', 'failed', 'closed for good');
    expect(news.slice(1)).toEqual([{ ...opened, state: 'closed', sinceMs: 2_000 }]);
    expect(states.list()[0]).not.toHaveProperty('speaks');
  });

  it('tells with a session what its peer said of the broadcasts that it reads, and not later', () => {
    const news: Omit<SessionNews, 'gatewayId'>[] = [];
    const states = new PeerStates(
      () => 1_000,
      (one) => news.push(one),
    );
    states.add('alice');
    for (const dialects of [['v21'], undefined] as const) {
      states.listenBy('alice', { heardAtMs: undefined, speaks: 'BTP/1.0' });
      if (dialects !== undefined) states.reads('alice', dialects);
      states.set('alice', 'open');
      expect(states.list()[0]?.ccpDialects).toEqual(dialects);
      states.set('alice', 'offline');
      expect(states.list()[0]).not.toHaveProperty('ccpDialects');
    }
    expect(news.map(({ state, ccpDialects }) => [state, ccpDialects])).toEqual([
      ['open', ['v21']],
      ['closed', undefined],
      ['open', undefined],
      ['closed', undefined],
    ]);
  });

  it('tells with a session who is behind its peer, where that is known', () => {
    const news: Omit<SessionNews, 'gatewayId'>[] = [];
    const states = new PeerStates(
      () => 1_000,
      (one) => news.push(one),
    );
    for (const [peerId, party] of [
      ['alice', 'wallet.example'],
      ['bob', undefined],
    ] as const) {
      states.add(peerId, { party });
      states.listenBy(peerId, { heardAtMs: undefined, speaks: 'BTP/1.0' });
      states.set(peerId, 'open');
    }
    expect(news.map(({ peerId, party }) => [peerId, party])).toEqual([
      ['alice', 'wallet.example'],
      ['bob', undefined],
    ]);
    expect(states.list().map(({ party }) => party)).toEqual(['wallet.example', undefined]);
  });

  it.each(['remove', 'add'] as const)('tells of no session after %s', (what) => {
    const told: string[] = [];
    const states = new PeerStates(
      () => 1_000,
      ({ state }) => told.push(state),
    );
    states.add('alice');
    states.listenBy('alice', { heardAtMs: undefined, speaks: 'rpc' });
    states.set('alice', 'open');
    states[what]('alice');
    expect(told).toEqual(['open', 'closed']);
  });

  it('tells what was said last under each name, cleaned', () => {
    const states = new PeerStates(() => 1_000);
    states.add('alice');
    states.hear('alice', { prefix: 'test.a.', limit: '1' });
    states.hear('alice', { limit: '2', currencyCode: 'U\u001b' });
    states.tell('alice', { balance: '-5' });
    expect(states.list()[0]).toMatchObject({
      heard: { prefix: 'test.a.', limit: '2', currencyCode: 'U\ufffd' },
      told: { balance: '-5' },
    });
  });
});
