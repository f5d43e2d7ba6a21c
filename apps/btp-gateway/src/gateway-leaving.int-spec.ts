import { BtpPeer } from '#testing';
import { incoming, PATIENT, withAlice } from '../../../test/support/gateway/alice';
import type { GatewayUnderTest } from '../../../test/support/gateway/gateway-under-test';

let test: GatewayUnderTest;
let peer: BtpPeer;

afterEach(() => test.stop());

describe('leaving', () => {
  it('answers what is owed, takes nothing new, and closes sessions with 1001', async () => {
    ({ test, peer } = await withAlice({ ...PATIENT, shutdownMs: 60_000 }));
    test.inside.script = () => 'silence';
    const owed = peer.prepare(incoming());
    const question = await test.inside.hears('prepare-payment');
    test.gateway.stopAccepting();
    expect(await peer.prepare(incoming())).toMatchObject({ name: 'UnreachableError' });
    await expect(BtpPeer.dial({ url: test.url, token: 'alice-secret' })).rejects.toThrow();
    const finished = test.gateway.finish();
    test.inside.answer(question);
    expect((await owed).type).toBe('response');
    await finished;
    await test.gateway.close();
    expect(await peer.ended()).toMatchObject({ code: 1001 });
  });

  it('does not wait for ever for an inside that says nothing', async () => {
    ({ test, peer } = await withAlice({ ...PATIENT, requestTimeoutMs: 60_000, shutdownMs: 500 }));
    test.inside.script = () => 'silence';
    peer.send({ type: 'prepare', requestId: 1, ...incoming() });
    await test.inside.hears('prepare-payment');
    const startedAt = Date.now();
    await test.gateway.finish();
    expect(Date.now() - startedAt).toBeLessThan(20_000);
  });
});
