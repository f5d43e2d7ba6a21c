import type { PeerSettings } from '#platform';
import type { HostResource } from '#protocol';
import { foundUnder, lookedUp, WALLET2 } from '../../../../test/support/gateway/scripted-host';
import { RecordedLog } from '../../../../test/support/gateway/session-kit';
import { PeerStates } from '../sessions/peer-states';
import { Discovery } from './discovery';
import { LookUpError } from './look-up-error';

/** A discovery whose look-ups end when a test says so. */
class DiscoveryKit {
  nowMs = 0;
  readonly found: string[] = [];
  readonly opened: string[] = [];
  readonly states = new PeerStates(() => this.nowMs);
  private readonly waiting = new Map<string, (outcome: HostResource | Error) => void>();
  readonly discovery: Discovery;

  constructor(lookUpsAtOnce: number) {
    const { own, settings } = foundUnder('wallet1.example');
    this.discovery = new Discovery({
      own,
      settings: { ...settings, retryMs: 1_000, cacheMs: 1_000 },
      limits: { repeatInsideMs: 100, lookUpsAtOnce },
      states: this.states,
      log: new RecordedLog(),
      clock: () => this.nowMs,
      random: () => 0,
      lookUp: (hostname) =>
        new Promise((resolve, reject) => {
          this.waiting.set(hostname, (outcome) => {
            this.waiting.delete(hostname);
            if (outcome instanceof Error) reject(outcome);
            else resolve(outcome);
          });
        }),
      openLedger: ({ ledgerId }) => {
        this.opened.push(ledgerId);
        return Promise.resolve({ outcome: 'opened' });
      },
      onFound: ({ id }) => this.found.push(id),
      onLost: () => undefined,
    });
  }

  get asked(): readonly string[] {
    return [...this.waiting.keys()];
  }

  learn(id: string): PeerSettings {
    const peer = lookedUp(id, `${id}.example`);
    this.states.add(id);
    this.discovery.learn(peer);
    return peer;
  }

  async answer(
    id: string,
    outcome: HostResource | Error = {
      publicKey: WALLET2.publicKey,
      peersRpcUri: `https://${id}.example/rpc`,
    },
  ): Promise<void> {
    this.waiting.get(`${id}.example`)?.(outcome);
    await new Promise(setImmediate);
  }

  sweep(): void {
    this.discovery.sweep(this.nowMs);
  }
}

it('looks up so many hosts at once, and the others when there is room', async () => {
  const kit = new DiscoveryKit(2);
  for (const id of ['a', 'b', 'c', 'd']) kit.learn(id);
  kit.sweep();
  expect(kit.asked).toEqual(['a.example', 'b.example']);
  await kit.answer('a');
  await kit.answer('b', new LookUpError('timeout', 'nothing came'));
  kit.sweep();
  expect(kit.asked).toEqual(['c.example', 'd.example']);
  expect(kit.found).toEqual(['a']);
});

it('gives each its turn, also where all are due again before the last was looked up', async () => {
  const kit = new DiscoveryKit(1);
  const ids = ['a', 'b', 'c'];
  for (const id of ids) kit.learn(id);
  for (const id of [...ids, ...ids]) {
    kit.sweep();
    expect(kit.asked).toEqual([`${id}.example`]);
    await kit.answer(id, new LookUpError('unreachable', 'nobody there'));
    kit.nowMs += 2_000;
  }
});

it('makes nothing of a host that answers after its peer was withdrawn', async () => {
  const kit = new DiscoveryKit(1);
  kit.learn('a');
  kit.sweep();
  kit.discovery.forget('a');
  expect(kit.discovery.isSearching).toBe(false);
  await kit.answer('a');
  expect([kit.found, kit.opened]).toEqual([[], []]);
  kit.learn('b');
  kit.sweep();
  expect(kit.asked).toEqual(['b.example']);
});

it('looks a peer up afresh that was withdrawn and is there again', async () => {
  const kit = new DiscoveryKit(1);
  kit.learn('a');
  kit.sweep();
  await kit.answer('a');
  kit.discovery.forget('a');
  kit.learn('a');
  expect(kit.discovery.isSearching).toBe(true);
  kit.sweep();
  await kit.answer('a');
  expect(kit.found).toEqual(['a', 'a']);
});
