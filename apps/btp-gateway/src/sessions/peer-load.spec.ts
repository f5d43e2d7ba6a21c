import { LIMITS } from '../../../../test/support/gateway/session-kit';
import { PeerLoad } from './peer-load';

describe('PeerLoad', () => {
  it('turns away what exceeds the rate', () => {
    const load = new PeerLoad({ ...LIMITS, inFlightPerPeer: 100, requestsPerPeerPerSecond: 1 }, 0);
    expect(load.admit(0)).toBe('admitted');
    expect(load.admit(0)).toBe('rate-limited');
    expect(load.admit(1_000)).toBe('admitted');
  });

  it('turns away what exceeds the requests in flight, until one is answered', () => {
    const load = new PeerLoad({ ...LIMITS, inFlightPerPeer: 1, requestsPerPeerPerSecond: 100 }, 0);
    load.begin();
    expect(load.admit(0)).toBe('too-many');
    load.end();
    expect(load.admit(0)).toBe('admitted');
    expect(load.unanswered).toBe(0);
  });
});

describe('PeerLoad of a peer that is of no use', () => {
  const limits = { ...LIMITS, requestsPerPeerPerSecond: 2, refusalsPerPeerPerSecond: 10 };

  it('is not overdrawn by requests that are taken', () => {
    const load = new PeerLoad({ ...limits, requestsPerPeerPerSecond: 1_000 }, 0);
    for (let request = 0; request < 1_000; request += 1) load.admit(0);
    expect(load.isOverdrawn(0)).toBe(false);
  });

  it.each<[string, (load: PeerLoad) => void, number]>([
    ['requests turned away', (load) => load.admit(0), 13],
    [
      'frames that mean nothing',
      (load) => {
        load.waste(0);
      },
      11,
    ],
  ])('is overdrawn by %s', (_, act, times) => {
    const load = new PeerLoad(limits, 0);
    for (let time = 1; time < times; time += 1) act(load);
    expect(load.isOverdrawn(0)).toBe(false);
    act(load);
    expect(load.isOverdrawn(0)).toBe(true);
    expect(load.isOverdrawn(100)).toBe(false);
  });
});
