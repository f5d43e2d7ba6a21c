import { once } from 'node:events';
import {
  authMessage,
  type BtpError,
  type BtpPacket,
  decodeBtp,
  encodeBtp,
  infoRequest,
  octetEntry,
  textEntry,
} from '#protocol';
import { BtpPeer } from '#testing';
import { WebSocket } from 'ws';
import { dialsUs, GatewayUnderTest } from '../../../../test/support/gateway/gateway-under-test';

/** A socket to the gateway that says only what it is told to. */
class Caller {
  readonly heard: BtpPacket[] = [];
  readonly ended: Promise<number>;

  private constructor(readonly socket: WebSocket) {
    socket.on('error', () => undefined);
    socket.on('message', (data: Buffer) => this.heard.push(decodeBtp(data)));
    this.ended = new Promise((resolve) => socket.once('close', resolve));
  }

  static async to(url: string): Promise<Caller> {
    const caller = new Caller(new WebSocket(url));
    await once(caller.socket, 'open');
    return caller;
  }

  say(packet: BtpPacket): void {
    this.socket.send(encodeBtp(packet));
  }

  async hears(count = 1): Promise<BtpPacket> {
    while (this.heard.length < count) await once(this.socket, 'message');
    const packet = this.heard[count - 1];
    if (packet === undefined) throw new Error('heard nothing');
    return packet;
  }
}

const auth = octetEntry('auth', Buffer.alloc(0));
const username = textEntry('auth_username', '');
const token = textEntry('auth_token', 'alice-secret');
const hello = authMessage(7, '', 'alice-secret');
const prepare: BtpPacket = {
  type: 'prepare',
  requestId: 7,
  transferId: 'b4c838f6-80b1-47f8-a82e-b1fcfbed89d5',
  amount: 1n,
  executionCondition: Buffer.alloc(32),
  expiresAtMs: Date.UTC(2030, 0, 1),
  protocolData: [],
};

const refusedAtTheDoor: readonly (readonly [string, BtpPacket, string])[] = [
  ['a Prepare', prepare, 'F01'],
  [
    'a Message without auth',
    { type: 'message', requestId: 7, protocolData: [infoRequest('full')] },
    'F01',
  ],
  ['a Message without entries', { type: 'message', requestId: 7, protocolData: [] }, 'F01'],
  [
    'auth without a token',
    { type: 'message', requestId: 7, protocolData: [auth, username] },
    'F01',
  ],
  [
    'auth without a username',
    { type: 'message', requestId: 7, protocolData: [auth, token] },
    'F01',
  ],
  [
    'auth that repeats a name',
    { type: 'message', requestId: 7, protocolData: [auth, username, token, token] },
    'F01',
  ],
  [
    'a token of another content type',
    { type: 'message', requestId: 7, protocolData: [auth, username, { ...token, contentType: 0 }] },
    'F00',
  ],
  ['a wrong token', authMessage(7, '', 'alice-secreT'), 'F00'],
  ['a wrong username', authMessage(7, 'alice', 'alice-secret'), 'F00'],
];

describe('a socket that has not authenticated', () => {
  let test: GatewayUnderTest;
  /** Waits for nobody; the other one waits longer than the machine may pause. */
  let hasty: GatewayUnderTest;

  beforeAll(async () => {
    const peers = [dialsUs('alice'), dialsUs('bob', { username: 'bob' })];
    test = await GatewayUnderTest.start(peers);
    hasty = await GatewayUnderTest.start(peers, { authWaitMs: 300 });
  });
  afterAll(async () => {
    await test.stop();
    await hasty.stop();
  });

  it.each(['', '/', '/any/path?with=query'])(
    'is let in on path %j with its credentials',
    async (path) => {
      const caller = await Caller.to(test.url + path);
      caller.say(hello);
      expect(await caller.hears()).toEqual({ type: 'response', requestId: 7, protocolData: [] });
      caller.socket.close();
    },
  );

  it('is let in as the peer whose credentials it has', async () => {
    const caller = await Caller.to(test.url);
    caller.say(authMessage(1, 'bob', 'bob-secret'));
    caller.say({ type: 'message', requestId: 2, protocolData: [infoRequest('account')] });
    const answer = await caller.hears(2);
    expect(answer.protocolData[0]?.data.toString()).toBe('test.bob.server');
    caller.socket.close();
  });

  it.each(refusedAtTheDoor)(
    'is answered with one Error and closed after %s',
    async (_, packet, code) => {
      const caller = await Caller.to(test.url);
      caller.say(packet);
      caller.say(hello);
      expect(await caller.ended).toBe(1000);
      expect(caller.heard).toHaveLength(1);
      const [error] = caller.heard as BtpError[];
      expect(error).toMatchObject({ type: 'error', requestId: 7, code });
      expect(JSON.parse(error?.data.toString() ?? '')).toEqual({
        message: expect.any(String) as string,
      });
    },
  );

  it('is closed without a word at the end of the auth wait', async () => {
    const dialledAt = Date.now();
    const caller = await Caller.to(hasty.url);
    expect(await caller.ended).toBe(1000);
    expect(caller.heard).toEqual([]);
    expect(Date.now() - dialledAt).toBeGreaterThanOrEqual(250);
  });

  it.each<[string, Buffer]>([
    ['nothing', Buffer.alloc(0)],
    ['half a packet', encodeBtp(hello).subarray(0, 30)],
    ['an unknown type', Buffer.from('07000000010100', 'hex')],
    ['a Response', encodeBtp({ type: 'response', requestId: 7, protocolData: [] })],
  ])('gets no answer to %s, and is closed at the end of the auth wait', async (_, frame) => {
    const caller = await Caller.to(hasty.url);
    caller.socket.send(frame);
    expect(await caller.ended).toBe(1000);
    expect(caller.heard).toEqual([]);
  });

  it('may authenticate after frames that meant nothing, and after text', async () => {
    const caller = await Caller.to(test.url);
    caller.socket.send(Buffer.from('ff', 'hex'));
    caller.socket.send('hello');
    caller.say(hello);
    expect((await caller.hears()).type).toBe('response');
    caller.socket.close();
  });

  it('is told by plain HTTP what is expected', async () => {
    const response = await fetch(test.url.replace('ws:', 'http:'));
    expect(response.status).toBe(426);
  });

  it('never finds its token in the log', () => {
    expect(JSON.stringify([test.log.lines, hasty.log.lines])).not.toContain('secret');
  });
});

describe('a socket that has authenticated', () => {
  let test: GatewayUnderTest;
  const dial = async (): Promise<BtpPeer> =>
    test.keep(await BtpPeer.dial({ url: test.url, token: 'alice-secret' }));

  beforeAll(async () => {
    test = await GatewayUnderTest.start([dialsUs('alice')], {
      frameBytes: 65_536,
      heartbeatMs: 100,
    });
  });
  afterAll(() => test.stop());

  it('passes over text and unreadable frames, and goes on', async () => {
    const peer = await dial();
    peer.sendRaw('text');
    peer.sendRaw(Buffer.from('0600', 'hex'));
    peer.sendRaw(Buffer.from('07000000010100', 'hex'));
    const answer = await peer.message(infoRequest('account'));
    expect(answer.type).toBe('response');
    expect(peer.received.all).toHaveLength(2);
  });

  it('is understood in fragments', async () => {
    const peer = await dial();
    const socket = new WebSocket(test.url);
    await once(socket, 'open');
    const frame = encodeBtp(hello);
    socket.send(frame.subarray(0, 10), { fin: false });
    socket.send(frame.subarray(10, 20), { fin: false });
    socket.send(frame.subarray(20), { fin: true });
    const [data] = (await once(socket, 'message')) as [Buffer];
    expect(decodeBtp(data).type).toBe('response');
    socket.close();
    await peer.ended();
  });

  it('may send 64 KiB, and is closed with 1009 beyond', async () => {
    const peer = await dial();
    const sized = (bytes: number): Buffer =>
      encodeBtp({
        type: 'message',
        requestId: 1,
        protocolData: [octetEntry('x', Buffer.alloc(bytes - 16))],
      });
    expect(sized(65_536)).toHaveLength(65_536);
    peer.sendRaw(sized(65_536));
    expect(await peer.next('error')).toMatchObject({ requestId: 1, code: 'F00' });
    peer.sendRaw(sized(65_537));
    expect((await peer.ended()).code).toBe(1009);
    expect(test.gateway.metrics.malformed.oversize).toBe(1);
  });

  it('may authenticate again, and is refused without losing its session', async () => {
    const peer = await dial();
    expect(await peer.ask(hello)).toEqual({ type: 'response', requestId: 7, protocolData: [] });
    expect(await peer.ask(authMessage(8, '', 'other'))).toMatchObject({
      requestId: 8,
      code: 'F00',
    });
    expect((await peer.message(infoRequest('account'))).type).toBe('response');
  });

  it('is replaced by a newer one of the same peer, and closed with 1000', async () => {
    const older = await dial();
    const newer = await dial();
    expect(await older.ended()).toMatchObject({ code: 1000 });
    expect((await newer.message(infoRequest('account'))).type).toBe('response');
    expect(test.gateway.sessions()).toBe(1);
    expect(test.standing('alice')).toMatchObject({ state: 'open' });
  });

  it('is kept while it answers pings, and cut when it does not', async () => {
    const peer = await dial();
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(peer.isConnected).toBe(true);
    const deaf = new WebSocket(test.url, { autoPong: false });
    await once(deaf, 'open');
    deaf.send(encodeBtp(hello));
    const [code] = (await once(deaf, 'close')) as [number];
    expect(code).toBe(1006);
    expect(test.standing('alice')).toMatchObject({
      state: 'offline',
      reason: 'it answers no pings',
    });
  });

  it('leaves a trace of why it ended', async () => {
    const peer = await dial();
    await test.becomes('alice', 'open');
    await peer.close();
    expect(await test.becomes('alice', 'offline')).toMatchObject({
      reason: 'closed by the peer with 1000',
    });
  });
});
