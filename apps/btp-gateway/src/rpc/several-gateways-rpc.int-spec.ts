import { aTransferId } from '#testing';
import { outgoing, pause } from '../../../../test/support/gateway/alice';
import { met, part, transfer } from '../../../../test/support/gateway/rpc-meeting';
import { callUs } from '../../../../test/support/gateway/rpc-peer';

afterEach(async () => {
  await part();
});

describe('several gateways', () => {
  /** Whoever comes settles for as long as he needs to notice that he has heard nothing. */
  const SIGNS = { gatewayPresenceMs: 100, gatewayGoneAfterMs: 2_000, gatewaySettleMs: 1_000 };

  it('keep one session with the peer, and take its calls at either', async () => {
    const { test, dora } = await met(SIGNS);
    const other = await test.another();
    await pause(SIGNS.gatewayGoneAfterMs);
    expect([test, other].map(({ gateway }) => gateway.sessions())).toEqual([1, 0]);
    expect(test.inside.announcedSessions()).toBe(1);
    for (const [index, { url }] of [test, other].entries()) {
      const sent = transfer({ id: aTransferId(10 + index) });
      expect(await callUs(url, 'send_transfer', [sent])).toEqual({ status: 200, body: true });
    }
    test.inside.deliver('dora', outgoing({ ledgerId: 'dora' }));
    await test.inside.hears('delivered');
    expect(dora.all('send_transfer')).toHaveLength(1);
  });

  it('take the peer over from one that is gone, and lose nothing', async () => {
    const { test, dora } = await met(SIGNS);
    const other = await test.another();
    await pause(SIGNS.gatewayPresenceMs);
    await test.kill();
    await other.becomes('dora', 'open');
    await test.inside.hearsSessions(2);
    test.inside.deliver('dora', outgoing({ ledgerId: 'dora' }));
    await dora.hears('send_transfer');
    await test.inside.hears('delivered');
  });
});
