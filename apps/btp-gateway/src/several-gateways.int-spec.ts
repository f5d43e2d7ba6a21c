import { type BtpAnswer, textEntry } from '#protocol';
import { administrator, BtpPeer } from '#testing';
import { CutLine } from '../../../test/support/cut-line';
import { outgoing, PATIENT, pause, waitFor } from '../../../test/support/gateway/alice';
import {
  dialsUs,
  GatewayUnderTest,
  weDial,
} from '../../../test/support/gateway/gateway-under-test';
import { testNatsUrl } from '../../../test/support/test-nats';

const REPLACED = { code: 1000, reason: 'replaced by a newer session' };
/**
 * Signs of life as quick as a busy machine allows. Whoever comes settles for as long as he needs to
 * notice that he has heard nothing: a pause of the machine is not taken for the silence of others.
 */
const LIMITS = {
  ...PATIENT,
  repeatInsideMs: 100,
  confirmSessionMs: 300,
  gatewayPresenceMs: 100,
  gatewayGoneAfterMs: 2_000,
  gatewaySettleMs: 1_000,
};

let first: GatewayUnderTest;
let second: GatewayUnderTest;
const lines: CutLine[] = [];

afterEach(async () => {
  await first.stop();
  await Promise.all(lines.splice(0).map((line) => line.close()));
});

/** One end of the bus that can be cut. */
async function cuttableBus(): Promise<{ readonly line: CutLine; readonly url: string }> {
  const url = new URL(testNatsUrl());
  const line = await CutLine.to(Number(url.port));
  lines.push(line);
  url.port = String(line.port);
  return { line, url: url.toString() };
}

describe('a peer that may attach to any gateway', () => {
  const alice = dialsUs('alice');

  beforeEach(async () => {
    first = await GatewayUnderTest.start([alice], LIMITS);
  });

  const attach = async (gateway: GatewayUnderTest): Promise<BtpPeer> =>
    gateway.keep(await BtpPeer.dial({ url: gateway.url, token: 'alice-secret' }));
  const sessions = (): number => first.gateway.sessions() + second.gateway.sessions();

  it('is closed with 1000 where it was when it attaches to another, and hears all there', async () => {
    second = await first.another();
    const here = await attach(first);
    await first.inside.hears('session-opened');
    const there = await attach(second);
    expect(await here.ended()).toEqual(REPLACED);
    const deliveries = [outgoing(), outgoing(), outgoing()];
    for (const delivery of deliveries) first.inside.deliver('alice', delivery);
    for (const { transferId } of deliveries) {
      expect(await there.next('prepare')).toMatchObject({ transferId });
    }
    await first.inside.hears('delivered', deliveries.length);
    expect(here.requests).toEqual([]);
    expect(first.standing('alice')).toMatchObject({ state: 'offline', reason: REPLACED.reason });
  });

  it('comes and goes as often as it likes, also within one gateway', async () => {
    second = await first.another();
    let last = await attach(first);
    for (const gateway of [second, second, first, second, first, first]) {
      const next = await attach(gateway);
      expect(await last.ended()).toEqual(REPLACED);
      last = next;
    }
    await first.becomes('alice', 'open');
    expect(sessions()).toBe(1);
    expect(last.isConnected).toBe(true);
  });

  it('keeps exactly one of two attachments that cross', async () => {
    second = await first.another();
    for (let round = 0; round < 10; round += 1) {
      const both = await Promise.all([attach(first), attach(second)]);
      await waitFor(() => sessions() === 1);
      await waitFor(() => both.filter((peer) => peer.isConnected).length === 1);
      const gone = both.find((peer) => !peer.isConnected);
      expect(await gone?.ended()).toEqual(REPLACED);
    }
  });

  it('moves also when its announcement, or the answer to it, is lost', async () => {
    second = await first.another();
    const here = await attach(first);
    await first.becomes('alice', 'open');
    await first.inside.hears('session-opened');
    const fates = ['silence', 'lost', 'lost'] as const;
    let heard = 0;
    first.inside.onSession = () => fates[heard++] ?? 'answer';
    const there = await attach(second);
    expect(await here.ended()).toEqual(REPLACED);
    expect(heard).toBeGreaterThan(fates.length);
    expect(there.isConnected).toBe(true);
  });

  it('has its deliveries from a new owner, to whom one of its sessions speaks up', async () => {
    second = await first.another();
    const here = await attach(first);
    await first.inside.hears('session-opened');
    first.inside.changeOwner();
    first.inside.deliver('alice', outgoing());
    await here.next('prepare');
    const there = await attach(second);
    expect(await here.ended()).toEqual(REPLACED);
    first.inside.changeOwner();
    const before = first.inside.all('session-opened').length;
    await first.inside.hears('session-opened', before + 2);
    expect(there.isConnected).toBe(true);
    expect(sessions()).toBe(1);
  });

  it('loses a session whose gateway was cut off from the bus while it moved', async () => {
    const { line, url } = await cuttableBus();
    second = await first.another(url);
    const there = await attach(second);
    await first.inside.hears('session-opened');
    await second.becomes('alice', 'open');
    line.cut();
    const here = await attach(first);
    await first.becomes('alice', 'open');
    await first.inside.hearsSessions(2);
    expect(there.isConnected).toBe(true);
    line.mend();
    expect(await there.ended()).toEqual(REPLACED);
    expect(here.isConnected).toBe(true);
  });
});

describe('a peer that one of the gateways dials', () => {
  let bob: BtpPeer;
  let toBob: CutLine;

  beforeEach(async () => {
    const info = { prefix: 'peer.ab.', currencyCode: 'USD', currencyScale: 9, connectors: [] };
    bob = await BtpPeer.listen({ token: 'bob-secret', scripts: [administrator({ info })] });
    toBob = await CutLine.to(bob.port);
    lines.push(toBob);
    const uri = bob.uri.replace(`:${bob.port}`, `:${toBob.port}`);
    first = await GatewayUnderTest.start([weDial('bob', uri)], LIMITS);
  });

  afterEach(() => bob.close());

  /** Every gateway has said about so often that it is there, also if the machine has paused meanwhile. */
  const signsOfLife = async (count: number): Promise<void> => {
    for (let sign = 0; sign < count; sign += 1) await pause(LIMITS.gatewayPresenceMs);
  };

  it('is dialled once, by whoever came first', async () => {
    await first.becomes('bob', 'open');
    second = await first.another();
    await first.another();
    await signsOfLife(15);
    expect(toBob.opened).toBe(1);
    expect(first.standing('bob')?.state).toBe('open');
  });

  it('is dialled by one of several that come at once', async () => {
    [second] = await Promise.all([first.another(), first.another(), first.another()]);
    await waitFor(() => toBob.open === 1 && bob.isConnected);
    await signsOfLife(15);
    await waitFor(() => toBob.open === 1);
    await signsOfLife(5);
    expect(toBob.open).toBe(1);
  });

  it('stays with the one that dials it while it cannot be reached', async () => {
    await first.becomes('bob', 'open');
    second = await first.another();
    toBob.cut();
    await first.becomes('bob', 'offline');
    await signsOfLife(5);
    toBob.mend();
    await first.becomes('bob', 'open');
    expect(second.standing('bob')?.state).toBe('offline');
    expect(toBob.open).toBe(1);
  });

  it('moves to another when its gateway drains, which waits for that', async () => {
    await first.becomes('bob', 'open');
    second = await first.another();
    await signsOfLife(2);
    first.gateway.stopAccepting();
    expect(first.gateway.sessions()).toBe(1);
    await first.gateway.finish();
    await second.becomes('bob', 'open');
    await first.becomes('bob', 'offline', REPLACED.reason);
    await waitFor(() => toBob.open === 1);
    expect(toBob.opened).toBe(2);
  });

  it('moves to another when its gateway dies', async () => {
    await first.becomes('bob', 'open');
    second = await first.another();
    await signsOfLife(3);
    expect(toBob.opened).toBe(1);
    await first.kill();
    await second.becomes('bob', 'open');
    expect(toBob.opened).toBe(2);
  });

  it('is left alone by a gateway that hears nothing on the bus', async () => {
    await first.becomes('bob', 'open');
    const { line, url } = await cuttableBus();
    second = await first.another(url);
    await signsOfLife(2);
    line.cut();
    await signsOfLife(20);
    expect(toBob.opened).toBe(1);
    line.mend();
    await waitFor(() => line.open === 1);
    await second.isHeardInside();
    await signsOfLife(20);
    expect(toBob.opened).toBe(1);
    expect(first.standing('bob')?.state).toBe('open');
  });

  it('is dialled anew when its gateway is cut off from the bus, which then leaves it', async () => {
    const { line, url } = await cuttableBus();
    const uri = bob.uri.replace(`:${bob.port}`, `:${toBob.port}`);
    await first.stop();
    first = await GatewayUnderTest.start([weDial('bob', uri)], LIMITS, () => undefined, url);
    await first.becomes('bob', 'open');
    const before = toBob.opened;
    second = await first.another(testNatsUrl());
    await signsOfLife(2);
    line.cut();
    await second.becomes('bob', 'open');
    expect(first.standing('bob')?.state).toBe('open');
    line.mend();
    await first.becomes('bob', 'offline');
    await signsOfLife(20);
    expect(second.standing('bob')?.state).toBe('open');
    expect(toBob).toMatchObject({ opened: before + 1, open: 1 });
  });
});

describe('two parties of a validator at two gateways', () => {
  const party = (id: string, relaysTo: string): ReturnType<typeof dialsUs> =>
    dialsUs(id, { relaysTo });

  beforeEach(async () => {
    const limits = { ...LIMITS, quoteMs: 4_000 };
    first = await GatewayUnderTest.start([party('anna', 'otto'), party('otto', 'anna')], limits);
    second = await first.another();
  });

  const attach = async (gateway: GatewayUnderTest, id: string): Promise<BtpPeer> => {
    const peer = gateway.keep(await BtpPeer.dial({ url: gateway.url, token: `${id}-secret` }));
    await gateway.becomes(id, 'open');
    await gateway.isHeardInside();
    return peer;
  };
  const ask = (peer: BtpPeer): Promise<BtpAnswer> => {
    const protocolData = [textEntry('custom', 'how much?')];
    return peer.ask({ type: 'message', requestId: peer.takeRequestId(), protocolData }, 20_000);
  };

  it('hear each other’s Messages and answers, as they are', async () => {
    const anna = await attach(first, 'anna');
    const otto = await attach(second, 'otto');
    const protocolData = [textEntry('custom', 'that much'), textEntry('more', '')];
    otto.script(() => ({ respond: protocolData }));
    expect(await ask(anna)).toMatchObject({ type: 'response', protocolData });
    expect((await otto.next('message')).protocolData).toEqual([textEntry('custom', 'how much?')]);
    otto.script(() => ({ error: 'NotAcceptedError', message: 'no' }));
    expect(await ask(anna)).toMatchObject({ type: 'error', code: 'F00', name: 'NotAcceptedError' });
  });

  it('are told at once when the other one is nowhere, and soon when it says nothing', async () => {
    const anna = await attach(first, 'anna');
    const unreachable = { type: 'error', name: 'UnreachableError', code: 'T00' };
    expect(await ask(anna)).toMatchObject(unreachable);
    const otto = await attach(second, 'otto');
    otto.script(() => 'silence');
    expect(await ask(anna)).toMatchObject(unreachable);
    await otto.next('message');
    otto.drop();
    await second.becomes('otto', 'offline');
    expect(await ask(anna)).toMatchObject(unreachable);
    const back = await attach(first, 'otto');
    expect(await ask(anna)).toMatchObject({ type: 'response' });
    expect(back.requests).toHaveLength(1);
  });
});
