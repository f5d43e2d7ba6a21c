import { connect, type Socket } from 'node:net';
import { encodeIlp, ilpError } from '#protocol';
import { anIlpPayment, aPreimage, aTransferId } from '#testing';
import { fulfillOf, outgoing, pause, waitFor } from '../../../../test/support/gateway/alice';
import {
  OURS,
  PREFIX,
  RpcPeer,
  THEIRS,
  TOKEN,
  WILLING,
} from '../../../../test/support/gateway/rpc-peer';
import {
  meet,
  met,
  part,
  SOON,
  transfer,
  whenParting,
} from '../../../../test/support/gateway/rpc-meeting';
import { refusedWith } from '../../../../test/support/gateway/scripted-inside';

const { fulfillment, condition } = aPreimage(1);
const ID = aTransferId(1);

afterEach(async () => {
  await part();
});

/** Whoever is dropped may see an error first. */
function closed(socket: Socket): Promise<void> {
  socket.on('error', () => undefined);
  return new Promise((resolve) => {
    socket.once('close', () => {
      resolve();
    });
  });
}

describe('a session with a peer that is called', () => {
  it('opens when its first call is answered, and tells the owner', async () => {
    const { test, dora } = await met();
    await test.inside.hears('session-opened');
    expect(dora.heard[0]).toMatchObject({
      method: 'get_limit',
      prefix: PREFIX,
      authorization: `Bearer ${TOKEN}`,
      params: [],
    });
  });

  it('waits for a peer that comes later', async () => {
    const early = await RpcPeer.listen();
    const { port } = early;
    await early.close();
    const { test } = await meet(SOON, early);
    await test.becomes('dora', 'offline');
    const late = await RpcPeer.listen(port);
    whenParting(() => late.close());
    await test.becomes('dora', 'open');
  });

  it('does not wait for its turn when the peer calls first', async () => {
    const dora = await RpcPeer.listen();
    dora.script = () => 'cut';
    const { test, call } = await meet({ rpcTimeoutMs: 1_000, rpcRetryMs: 600_000 }, dora);
    await test.becomes('dora', 'offline');
    dora.script = WILLING;
    // More than once, as it would: its first call may come too soon after we have tried.
    while (test.standing('dora')?.state !== 'open') {
      await call('get_limit', []);
      await pause(100);
    }
  });

  it.each([401, 403, 404])('fails with a peer that does not know us: HTTP %i', async (status) => {
    const dora = await RpcPeer.listen();
    dora.script = () => ({ status, body: { id: 'UnauthorizedError', message: 'who?' } });
    const { test } = await meet({}, dora);
    expect((await test.becomes('dora', 'failed')).reason).toContain(String(status));
    dora.script = WILLING;
    await test.becomes('dora', 'open');
  });

  it('ends when nothing is answered for a while, and begins anew', async () => {
    const { test, dora } = await met({ ...SOON, heartbeatMs: 300, heartbeatMisses: 2 });
    dora.script = () => 'silence';
    await test.becomes('dora', 'offline');
    dora.script = WILLING;
    await test.becomes('dora', 'open');
    await test.inside.hearsSessions(2);
  });

  it('says nothing of the token', async () => {
    const { test, call } = await met();
    await call('get_limit', [], { token: 'another-token' });
    const said = JSON.stringify(test.log.lines);
    expect(said).not.toContain(TOKEN);
    expect(said).not.toContain('another-token');
  });
});

describe('what we tell a peer by calling it', () => {
  it('is a transfer in its own words', async () => {
    const { test, dora } = await met();
    const delivery = outgoing({ ledgerId: 'dora' });
    test.inside.deliver('dora', delivery);
    expect((await dora.hears('send_transfer')).params).toEqual([
      {
        id: delivery.transferId,
        ledger: PREFIX,
        from: OURS,
        to: THEIRS,
        amount: '99',
        ilp: delivery.packet.toString('base64url'),
        executionCondition: condition.toString('base64url'),
        expiresAt: new Date(delivery.expiresAtMs).toISOString(),
      },
    ]);
    expect(await test.inside.hears('delivered')).toMatchObject({ what: 'prepare' });
  });

  it('is a fulfillment', async () => {
    const { test, dora } = await met();
    test.inside.deliver('dora', { ...fulfillOf(ID), ledgerId: 'dora' });
    const { params } = await dora.hears('fulfill_condition');
    expect(params).toEqual([ID, fulfillment.toString('base64url')]);
    expect(await test.inside.hears('delivered')).toMatchObject({ what: 'fulfill' });
  });

  it('is a rejection, with its reason in the members that the peers read', async () => {
    const { test, dora } = await met();
    const triggeredAtMs = Date.UTC(2017, 7, 28);
    const reason = encodeIlp(
      ilpError({ code: 'F02', triggeredBy: OURS, triggeredAtMs, data: 'no route' }),
    );
    test.inside.deliver('dora', {
      kind: 'deliver-reject',
      ledgerId: 'dora',
      transferId: ID,
      reason,
    });
    expect((await dora.hears('reject_incoming_transfer')).params).toEqual([
      ID,
      {
        code: 'F02',
        name: 'Unreachable',
        message: 'no route',
        triggered_by: OURS,
        triggered_at: '2017-08-28T00:00:00.000Z',
        forwarded_by: [],
        additional_info: { message: 'no route' },
      },
    ]);
    expect(await test.inside.hears('delivered')).toMatchObject({ what: 'reject' });
  });

  it.each([200, 404, 422, 500])(
    'is refused by an error in the body, with HTTP %i',
    async (status) => {
      const { test, dora } = await met();
      dora.script = () => ({ status, body: { id: 'DuplicateIdError', message: 'known' } });
      test.inside.deliver('dora', outgoing({ ledgerId: 'dora' }));
      expect(await test.inside.hears('peer-refused')).toMatchObject({
        error: 'DuplicateIdError',
        message: 'known',
      });
    },
  );

  it.each(['silence', 'cut', 500, 429, 302, 'html'] as const)(
    'stays open and is told again, no sooner than a call may take: %s',
    async (fault) => {
      const { test, dora } = await met(SOON);
      let failures = 0;
      dora.script = (call) => {
        if (call.method !== 'send_transfer' || ++failures > 2) return WILLING(call);
        if (fault === 'html') return { body: '<html>true</html>' };
        return typeof fault === 'number' ? { status: fault, body: 'x' } : fault;
      };
      const began = Date.now();
      test.inside.deliver('dora', outgoing({ ledgerId: 'dora' }));
      expect(await test.inside.hears('delivered')).toMatchObject({ what: 'prepare' });
      const { length } = dora.all('send_transfer');
      expect(length).toBeGreaterThanOrEqual(3);
      // A connection that was kept and breaks is worth one attempt more, at once.
      const waits = fault === 'cut' ? length - 2 : length - 1;
      expect(Date.now() - began).toBeGreaterThanOrEqual(waits * SOON.rpcTimeoutMs - 50);
      expect(test.inside.all('peer-refused')).toEqual([]);
    },
  );

  it('is no loss for certain when the peer has forgotten what it did not confirm', async () => {
    const { test, dora } = await met();
    let calls = 0;
    dora.script = (call) => {
      if (call.method !== 'fulfill_condition') return WILLING(call);
      if (++calls === 1) return 'cut';
      return { status: 422, body: { id: 'TransferNotFoundError', message: 'gone' } };
    };
    test.inside.deliver('dora', { ...fulfillOf(ID), ledgerId: 'dora' });
    expect(await test.inside.hears('fulfill-refused')).toMatchObject({ error: 'NotAcceptedError' });
  });

  it('is told so many at a time, and the rest waits', async () => {
    const { test, dora } = await met({ rpcCallsPerPeer: 2 });
    let open = 0;
    let most = 0;
    dora.script = async (call) => {
      most = Math.max(most, (open += 1));
      await pause(15);
      open -= 1;
      return WILLING(call);
    };
    for (let count = 0; count < 8; count += 1) {
      test.inside.deliver('dora', outgoing({ ledgerId: 'dora' }));
    }
    await test.inside.hears('delivered', 8);
    expect(dora.all('send_transfer')).toHaveLength(8);
    expect(most).toBe(2);
  });

  it('is asked for its balance, and the owner told', async () => {
    const { test, dora } = await met();
    dora.script = (call) => (call.method === 'get_balance' ? { body: '"-70"' } : WILLING(call));
    test.inside.deliver('dora', { kind: 'ask-peer-balance', ledgerId: 'dora', reference: 7 });
    expect(await test.inside.hears('peer-balance')).toMatchObject({ reference: 7, balance: -70n });
  });
});

describe('what a peer tells us by calling', () => {
  it('is a transfer, answered when the owner has', async () => {
    const { test, call } = await met();
    expect(await call('send_transfer', [transfer()])).toEqual({ status: 200, body: true });
    expect(test.inside.all('prepare-payment')).toMatchObject([
      { ledgerId: 'dora', transferId: ID, amount: 100n, packet: anIlpPayment() },
    ]);
  });

  it('is an outcome', async () => {
    const { test, call } = await met();
    await call('fulfill_condition', [ID, fulfillment.toString('base64url')]);
    expect(test.inside.all('peer-fulfilled')).toMatchObject([{ transferId: ID, fulfillment }]);
    await call('reject_incoming_transfer', [ID, { code: 'F99', message: 'no' }]);
    await call('expire_transfer', [ID]);
    expect(test.inside.all('peer-rejected')).toMatchObject([
      { transferId: ID },
      { transferId: ID },
    ]);
  });

  it('is taken without a session of this gateway', async () => {
    const dora = await RpcPeer.listen();
    dora.script = () => 'silence';
    const { test, call } = await meet({}, dora);
    expect(await call('send_transfer', [transfer()])).toEqual({ status: 200, body: true });
    expect(test.standing('dora')?.state).not.toBe('open');
  });

  it('is refused by the name of the error', async () => {
    const { test, call } = await met();
    test.inside.script = () => refusedWith('InsufficientBalanceError', 'too much');
    expect(await call('send_transfer', [transfer()])).toEqual({
      status: 422,
      body: { id: 'InsufficientBalanceError', message: 'too much' },
    });
  });

  it('is not answered at all when nobody inside does, for an error would deny it', async () => {
    const { test, call } = await met(SOON);
    test.inside.script = () => 'silence';
    await expect(call('send_transfer', [transfer()])).rejects.toThrow('fetch failed');
  });

  it('is our balance and our limit, as we see them', async () => {
    const { test, call } = await met();
    test.inside.script = () => ({ error: null, balance: { balance: -5n, maxBalance: 700n } });
    expect(await call('get_balance', [])).toEqual({ status: 200, body: '-5' });
    expect(await call('get_limit', [])).toEqual({ status: 200, body: '700' });
  });

  it('is a request, answered by a message', async () => {
    const { test, call } = await met();
    test.inside.onQuote = () => Buffer.from('quoted');
    const message = { ledger: PREFIX, from: THEIRS, to: OURS };
    expect(await call('send_request', [{ ...message, ilp: 'AQ' }])).toEqual({
      status: 200,
      body: {
        ledger: PREFIX,
        from: OURS,
        to: THEIRS,
        ilp: Buffer.from('quoted').toString('base64url'),
      },
    });
    const custom = { method: 'settlement_methods_request' };
    expect(await call('send_request', [{ ...message, custom }])).toMatchObject({
      body: { custom: { method: 'settlement_methods_response' } },
    });
    expect(await call('send_message', [{ ...message, data: custom }])).toMatchObject({
      body: true,
    });
  });

  it('counts against the rate of the peer', async () => {
    const { call } = await met({ requestsPerPeerPerSecond: 1 });
    const calls = Array.from({ length: 20 }, () => call('get_limit', [{}]));
    const answers = await Promise.all(calls);
    const busy = answers.filter(({ status }) => status === 503);
    expect(busy.length).toBeGreaterThan(0);
    expect(busy[0]?.body).toMatchObject({ id: 'UnreachableError' });
  });
});

describe('a call that is none', () => {
  it.each<[string, unknown, object]>([
    ['of an unknown method', ['steal', []], { status: 422, rule: 'method' }],
    ['without a list', ['send_transfer', {}], { status: 400, rule: 'body' }],
    ['without JSON', ['send_transfer', '{'], { status: 400, rule: 'body' }],
    ['without parameters', ['send_transfer', []], { status: 422, rule: 'transfer' }],
    [
      'to another account',
      ['send_transfer', [transfer({ to: THEIRS })]],
      { status: 422, rule: 'transfer.to' },
    ],
  ])('%s is refused by its field', async (_what, wanted, expected) => {
    const [method, params] = wanted as [string, unknown];
    const { status, rule } = expected as { status: number; rule: string };
    const { call, test } = await met();
    const answer = await call(method, params);
    expect(answer).toMatchObject({ status, body: { id: 'InvalidFieldsError' } });
    expect((answer.body as { message: string }).message).toContain(rule);
    expect(test.inside.all('prepare-payment')).toEqual([]);
  });

  it('under a wrong token, or for another ledger, is not even read', async () => {
    const { call } = await met();
    expect(await call('get_limit', '{', { token: 'wrong' })).toMatchObject({ status: 403 });
    expect(await call('get_limit', '{', { prefix: 'peer.x.' })).toMatchObject({ status: 404 });
  });

  it('without a token, by GET, elsewhere or too large is turned away', async () => {
    const { test, call } = await met();
    const url = test.url.replace('ws://', 'http://');
    const status = async (path: string, init: RequestInit = {}) =>
      (await fetch(`${url}${path}`, init)).status;
    expect(await status('/rpc?method=get_limit&prefix=x', { method: 'POST' })).toBe(401);
    expect(await status('/rpc?method=get_limit&prefix=x')).toBe(405);
    expect(await status('/elsewhere', { method: 'POST' })).toBe(426);
    const large = 'x'.repeat(65_537);
    const answer = await call('send_transfer', large).catch(() => ({ status: 413 }));
    expect(answer.status).toBe(413);
  });

  it('that is never finished is closed', async () => {
    const { test } = await met({ ...SOON, httpRequestMs: 600_000 });
    const socket = connect(Number(new URL(test.url).port), '127.0.0.1');
    const gone = closed(socket);
    const head = `POST /rpc?method=get_limit&prefix=${PREFIX} HTTP/1.1\r\nhost: x\r\n`;
    socket.write(`${head}authorization: Bearer ${TOKEN}\r\ncontent-length: 10\r\n\r\n[`);
    await gone;
  });

  it('keeps no socket beyond the wait for auth unless it is of a peer', async () => {
    const { test, call } = await met({ httpRequestMs: 4_000 });
    await closed(connect(Number(new URL(test.url).port), '127.0.0.1'));
    await call('get_limit', []);
    await waitFor(() => test.gateway.unauthenticatedSockets() === 0);
  });
});
