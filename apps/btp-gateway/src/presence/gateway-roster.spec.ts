import fc from 'fast-check';
import type { GatewayPresence } from '#contracts';
import { START_MS } from '../../../../test/support/gateway/session-kit';
import { type DialDuty, type DialStanding, GatewayRoster } from './gateway-roster';

const LIMITS = { gatewayGoneAfterMs: 4_000, gatewaySettleMs: 300 };
const SETTLED_MS = LIMITS.gatewaySettleMs;
const PEERS = ['alice', 'bob', 'carol', 'dave', 'erin', 'frank', 'grace', 'heidi'];

function presence(gatewayId: string, change: Partial<GatewayPresence> = {}): GatewayPresence {
  return { gatewayId, state: 'here', asks: false, holds: [], connected: [], ...change };
}

class Stage {
  readonly roster: GatewayRoster;

  constructor(readonly id = 'one') {
    this.roster = new GatewayRoster(id, LIMITS);
    this.hear(presence(id));
  }

  hear(heard: GatewayPresence, atMs = 0): void {
    this.roster.hear(heard, START_MS + atMs);
  }

  duty(peerId: string, standing: DialStanding = 'idle', atMs = SETTLED_MS): DialDuty {
    return this.roster.dutyFor(peerId, standing, START_MS + atMs);
  }
}

describe('GatewayRoster', () => {
  it('has a gateway that is alone take every peer, once it has listened for others', () => {
    const stage = new Stage();
    expect(stage.duty('bob', 'idle', SETTLED_MS - 1)).toBe('keep');
    expect(PEERS.map((peer) => stage.duty(peer))).toEqual(PEERS.map(() => 'take'));
  });

  it('takes nothing before it hears itself', () => {
    const roster = new GatewayRoster('one', LIMITS);
    expect(roster.dutyFor('bob', 'idle', START_MS + 60_000)).toBe('keep');
  });

  it('gives each free peer to exactly one of those who are there', () => {
    const ids = fc.uniqueArray(fc.stringMatching(/^[a-z]{1,8}$/), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(ids, (gateways) => {
        const stages = gateways.map((id) => new Stage(id));
        for (const stage of stages) for (const id of gateways) stage.hear(presence(id));
        for (const peer of PEERS) {
          expect(stages.filter((stage) => stage.duty(peer) === 'take')).toHaveLength(1);
          const left = stages.map((stage) => stage.duty(peer, 'dialling'));
          expect(left.filter((duty) => duty === 'keep').length).toBeGreaterThan(0);
        }
      }),
    );
  });

  it('leaves a peer to whoever holds it, however it ranks', () => {
    const stage = new Stage();
    stage.hear(presence('two', { holds: PEERS }));
    expect(PEERS.map((peer) => stage.duty(peer))).toEqual(PEERS.map(() => 'keep'));
  });

  it('has one of two yield that dial the same peer, and the one that is not connected', () => {
    const one = new Stage('one');
    const two = new Stage('two');
    one.hear(presence('two', { holds: PEERS }));
    two.hear(presence('one', { holds: PEERS }));
    for (const peer of PEERS) {
      const duties = [one.duty(peer, 'dialling'), two.duty(peer, 'dialling')];
      expect(duties.sort()).toEqual(['keep', 'yield']);
    }
    one.hear(presence('two', { holds: PEERS, connected: PEERS }));
    for (const peer of PEERS) {
      expect(one.duty(peer, 'dialling')).toBe('yield');
      expect(one.duty(peer, 'connected')).toBe('keep');
    }
  });

  it('takes over from a gateway that leaves, and gives nothing to it', () => {
    const stage = new Stage();
    stage.hear(presence('two', { state: 'leaving', holds: PEERS, connected: PEERS }));
    expect(PEERS.map((peer) => stage.duty(peer))).toEqual(PEERS.map(() => 'take'));
    expect(stage.roster.hasSuccessor(START_MS)).toBe(false);
    stage.hear(presence('three'));
    expect(stage.roster.hasSuccessor(START_MS)).toBe(true);
  });

  it('takes over from a gateway that has been silent for too long, and not sooner', () => {
    const stage = new Stage();
    stage.hear(presence('two', { holds: ['bob'] }));
    for (let at = 0; at < 4_000; at += 1_000) {
      stage.hear(presence('one'), at);
      expect(stage.duty('bob', 'idle', at + 999)).toBe('keep');
    }
    stage.hear(presence('one'), 4_000);
    expect(stage.duty('bob', 'idle', 4_000)).toBe('take');
  });

  it('concludes nothing from silence when it does not hear itself either', () => {
    const stage = new Stage();
    stage.hear(presence('two', { holds: ['bob'] }));
    for (const at of [1_000, 3_999, 4_000, 60_000]) {
      expect(stage.duty('bob', 'idle', at)).toBe('keep');
      expect(stage.duty('alice', 'dialling', at)).toBe('keep');
    }
    stage.hear(presence('one'), 60_000);
    for (const at of [60_000, 61_000, 61_999]) expect(stage.duty('bob', 'idle', at)).toBe('keep');
    for (const at of [61_500, 63_000]) stage.hear(presence('one'), at);
    expect(stage.duty('bob', 'idle', 63_999)).toBe('keep');
    stage.hear(presence('one'), 64_000);
    expect(stage.duty('bob', 'idle', 64_000)).toBe('take');
  });
});
