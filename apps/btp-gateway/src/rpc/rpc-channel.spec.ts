import { aPreimage, aTransferId } from '#testing';
import { infoRequest, numberRequest, readLedgerInfo, type RpcMethod, textEntry } from '#protocol';
import { LIMITS, RecordedLog, START_MS } from '../../../../test/support/gateway/session-kit';
import type { GatewayLimits } from '../gateway-limits';
import { GatewayMetrics } from '../gateway-metrics';
import type { Asker } from '../sessions/asker';
import { RpcChannel } from './rpc-channel';
import { KeptConnectionError, type RpcAnswer, type RpcListener } from './rpc-client';

interface Posted {
  readonly method: RpcMethod;
  readonly body: string;
  readonly answer: RpcListener;
  isGivenUp: boolean;
}

/** Keeps the calls, which are answered by hand. */
class FakeClient {
  readonly posted: Posted[] = [];
  isClosed = false;

  post(method: RpcMethod, body: Buffer, answer: RpcListener): () => void {
    const posted = { method, body: body.toString(), answer, isGivenUp: false };
    this.posted.push(posted);
    return () => {
      posted.isGivenUp = true;
    };
  }

  close(): void {
    this.isClosed = true;
  }

  get last(): Posted {
    const posted = this.posted.at(-1);
    if (posted === undefined) throw new Error('nothing was posted');
    return posted;
  }
}

class RecordedAsker implements Asker {
  askedAtMs = 0;
  readonly heard: string[] = [];

  onResponse(): void {
    this.heard.push('response');
  }

  onRefusal(refusal: { readonly name: string }): void {
    this.heard.push(refusal.name);
  }

  onSilence(reason: string): void {
    this.heard.push(reason);
  }
}

const done = (body: unknown, status = 200): RpcAnswer => ({
  status,
  body: Buffer.from(JSON.stringify(body)),
});
const forgotten = done({ id: 'TransferNotFoundError', message: 'gone' }, 422);

function setUp(limits: Partial<GatewayLimits> = {}) {
  const client = new FakeClient();
  const endings: string[] = [];
  const world = { nowMs: START_MS };
  const channel = new RpcChannel(
    {
      ledger: {
        ledgerId: 'dora',
        prefix: 'peer.x.',
        currencyCode: 'USD',
        currencyScale: 9,
        account: 'us',
        peerAccount: 'them',
        authority: 'symmetric',
        maxBalance: '1000',
        minBalance: null,
      },
      client,
      limits: { ...LIMITS, ...limits },
      metrics: new GatewayMetrics(),
      log: new RecordedLog(),
      clock: () => world.nowMs,
    },
    { onRequest: () => undefined, onClosed: (reason) => void endings.push(reason) },
  );
  const at = (elapsedMs: number): void => {
    world.nowMs = START_MS + elapsedMs;
    channel.sweep(world.nowMs);
  };
  const fulfill = (asker: Asker): Buffer =>
    channel.ask(
      {
        type: 'fulfill',
        requestId: channel.takeRequestId(),
        transferId: aTransferId(1),
        fulfillment: aPreimage(1).fulfillment,
        protocolData: [],
      },
      asker,
    );
  return { client, channel, endings, at, fulfill };
}

describe('a call', () => {
  it('that fails early is silence only when its time is over', () => {
    const { client, at, fulfill } = setUp();
    const asker = new RecordedAsker();
    fulfill(asker);
    client.last.answer(new Error('ECONNREFUSED'));
    at(LIMITS.rpcTimeoutMs - 1);
    expect(asker.heard).toEqual([]);
    at(LIMITS.rpcTimeoutMs);
    expect(asker.heard).toEqual(['timeout']);
    expect(client.last.isGivenUp).toBe(true);
  });

  it('is answered once, and not when it is too late', () => {
    const { client, at, fulfill } = setUp();
    const asker = new RecordedAsker();
    fulfill(asker);
    at(LIMITS.rpcTimeoutMs);
    client.last.answer(done(true));
    expect(asker.heard).toEqual(['timeout']);
    fulfill(asker);
    client.last.answer(done(true));
    client.last.answer(done(true));
    expect(asker.heard).toEqual(['timeout', 'response']);
  });

  it('over a connection that was just closed is made once more, at once', () => {
    const { client, fulfill } = setUp();
    const asker = new RecordedAsker();
    fulfill(asker);
    client.last.answer(new KeptConnectionError('reset'));
    expect(client.posted).toHaveLength(2);
    client.last.answer(new KeptConnectionError('reset'));
    expect(client.posted).toHaveLength(2);
    expect(asker.heard).toEqual([]);
  });

  it('waits for its turn, and its time begins with that', () => {
    const { client, at, fulfill } = setUp({ rpcCallsPerPeer: 1 });
    const askers = [new RecordedAsker(), new RecordedAsker()];
    for (const asker of askers) fulfill(asker);
    expect(client.posted).toHaveLength(1);
    at(LIMITS.rpcTimeoutMs);
    expect(client.posted).toHaveLength(2);
    at(2 * LIMITS.rpcTimeoutMs - 1);
    expect(askers.map(({ heard }) => heard)).toEqual([['timeout'], []]);
  });

  it('that never gets its turn ends the session before it fills our memory', () => {
    const { client, endings, fulfill } = setUp({ rpcCallsPerPeer: 1, sendQueueBytes: 200 });
    const askers = [1, 2, 3, 4].map(() => new RecordedAsker());
    for (const asker of askers) fulfill(asker);
    expect(endings).toEqual(['it does not answer as fast as it is called']);
    expect(client.isClosed).toBe(true);
    expect(askers[0]?.heard).toEqual(['closed']);
  });

  it('is not made on a closed channel', () => {
    const { client, channel, fulfill } = setUp();
    const kept = fulfill(new RecordedAsker());
    channel.close('enough');
    fulfill(new RecordedAsker());
    channel.askAgain(kept, new RecordedAsker());
    expect(client.posted).toHaveLength(1);
  });
});

describe('a Fulfill of a transfer that the peer has forgotten', () => {
  it('is refused when it was asked for the first time', () => {
    const { client, fulfill } = setUp();
    const asker = new RecordedAsker();
    fulfill(asker);
    client.last.answer(forgotten);
    expect(asker.heard).toEqual(['TransferNotFoundError']);
  });

  it.each(['again', 'over a broken connection'])('is unclear when it was asked %s', (how) => {
    const { client, channel, fulfill } = setUp();
    const asker = new RecordedAsker();
    const kept = fulfill(asker);
    if (how === 'again') channel.askAgain(kept, asker);
    else client.last.answer(new KeptConnectionError('reset'));
    client.last.answer(forgotten);
    expect(asker.heard).toEqual(['NotAcceptedError']);
  });
});

describe('a Message', () => {
  it('that asks for info is answered from the configuration if the peer is there', () => {
    const { client, channel } = setUp();
    const told: unknown[] = [];
    const asker = Object.assign(new RecordedAsker(), {
      onResponse: ({ protocolData }: { protocolData: readonly never[] }) => {
        told.push(...protocolData.map(readLedgerInfo));
      },
    });
    channel.ask({ type: 'message', requestId: 1, protocolData: [infoRequest('full')] }, asker);
    expect(client.last).toMatchObject({ method: 'get_limit', body: '[]' });
    client.last.answer(done('1000'));
    expect(told).toEqual([
      { prefix: 'peer.x.', currencyCode: 'USD', currencyScale: 9, connectors: ['peer.x.them'] },
    ]);
  });

  it('without a method here is refused, though not before the asking is over', async () => {
    const { client, channel } = setUp();
    const asker = new RecordedAsker();
    channel.ask({ type: 'message', requestId: 1, protocolData: [textEntry('vouch', '')] }, asker);
    expect(asker.heard).toEqual([]);
    await Promise.resolve();
    expect(asker.heard).toEqual(['NotAcceptedError']);
    expect(client.posted).toEqual([]);
  });
});

describe('a peer', () => {
  it('that is quiet is asked now and then whether it is there', () => {
    const { client, at, endings } = setUp();
    at(LIMITS.heartbeatMs);
    expect(client.last.method).toBe('get_limit');
    client.last.answer(done('5'));
    at(2 * LIMITS.heartbeatMs - 1);
    expect(client.posted).toHaveLength(1);
    at(2 * LIMITS.heartbeatMs);
    expect(client.posted).toHaveLength(2);
    expect(endings).toEqual([]);
  });

  it('that answers nothing for as long as a dead connection would is gone', () => {
    const { at, endings } = setUp();
    const patienceMs = LIMITS.heartbeatMs * LIMITS.heartbeatMisses;
    for (let ms = 0; ms < LIMITS.heartbeatMs + patienceMs; ms += 500) at(ms);
    expect(endings).toEqual([]);
    at(LIMITS.heartbeatMs + patienceMs);
    expect(endings).toEqual(['it answers no calls']);
  });

  it('that answers in between is not', () => {
    const { client, at, endings } = setUp();
    for (let ms = 0; ms < 10 * LIMITS.heartbeatMs; ms += 500) {
      at(ms);
      const isEvery = client.posted.length % 2 === 0;
      if (isEvery) client.posted.at(-1)?.answer(done('5'));
    }
    expect(endings).toEqual([]);
  });

  it('that does not know us ends the session, whoever waits', () => {
    const { client, channel, endings, fulfill } = setUp();
    const asker = new RecordedAsker();
    fulfill(asker);
    channel.ask(
      { type: 'message', requestId: 7, protocolData: [numberRequest('balance')] },
      new RecordedAsker(),
    );
    client.last.answer(done({ id: 'x', message: 'y' }, 401));
    expect(endings).toEqual(['the peer does not know us: HTTP 401']);
    expect(channel.wasRefused).toBe(true);
    expect(asker.heard).toEqual(['closed']);
  });
});
