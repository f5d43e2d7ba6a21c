import { PeerLoad } from './peer-load';

describe('PeerLoad', () => {
  it('turns away what exceeds the rate', () => {
    const load = new PeerLoad({ inFlightPerPeer: 100, requestsPerPeerPerSecond: 1 }, 0);
    expect(load.admit(0)).toBe('admitted');
    expect(load.admit(0)).toBe('rate-limited');
    expect(load.admit(1_000)).toBe('admitted');
  });

  it('turns away what exceeds the requests in flight, until one is answered', () => {
    const load = new PeerLoad({ inFlightPerPeer: 1, requestsPerPeerPerSecond: 100 }, 0);
    load.begin();
    expect(load.admit(0)).toBe('too-many');
    load.end();
    expect(load.admit(0)).toBe('admitted');
    expect(load.unanswered).toBe(0);
  });
});
