import { randomBytes, randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type BtpRequest,
  conditionOf,
  decodeIlp,
  encodeIlp,
  errorMessage,
  fromBase64Url,
  ilpEntry,
  ilpError,
  type IlpPacket,
  protocolEntry,
  SUB_PROTOCOL,
  toBase64Url,
} from '#protocol';
import { NothingCameError, type Reaction } from '#testing';
import { ConnectorUnderTest } from '../support/connector-under-test';
import { dialsUs, tokenOf } from '../support/dialling-peers';
import { OURS, PREFIX, RpcPeer, THEIRS, TOKEN, WILLING } from '../support/gateway/rpc-peer';
import { PayingPeer } from '../support/paying-peer';
import { until } from '../support/running-connector';

const DECIDED_WITHIN_MS = 60_000;
/** Much less than a machine with other work to do takes for the payments of a test. */
const HOLD_MS = 30_000;
/** How long a quote holds that is to expire, though not on its way. */
const SHORT_MS = 5_000;
const PAYMENTS = 1_000;
const AT_ONCE = 50;
const AMOUNT = 1_000n;
const LIMIT = 1_000_000_000n;

/** One that is called over HTTP, as `ilp-plugin-virtual` is. */
const calledByUs = (port: number) => ({
  id: 'dora',
  transport: 'rpc',
  rpcUri: `http://127.0.0.1:${port}/peers/rpc`,
  token: TOKEN,
  authority: 'symmetric',
  ledger: {
    prefix: PREFIX,
    currencyCode: 'USD',
    currencyScale: 9,
    account: 'us',
    peerAccount: 'them',
    maxBalance: '1000000',
  },
});

jest.setTimeout(2 * DECIDED_WITHIN_MS);

const configuration = (rpcPort: number) => ({
  connector: { address: 'test.causeway', maxHoldTimeMs: HOLD_MS },
  peers: [
    dialsUs('payer', { limit: LIMIT }),
    dialsUs('hop', { limit: LIMIT }),
    calledByUs(rpcPort),
  ],
  routes: [
    { targetPrefix: '', connectorLedger: 'test.hop.', connectorAccount: 'test.hop.client' },
    { targetPrefix: 'test.called.', connectorLedger: PREFIX, connectorAccount: THEIRS },
  ],
});

/** What the next hop answers, by the first segment of the address that it is asked about. */
const answers = new Map<string, (asked: IlpPacket) => Reaction | Promise<Reaction>>();

const said = (packet: IlpPacket | Buffer): Reaction => ({
  respond: [ilpEntry(Buffer.isBuffer(packet) ? packet : encodeIlp(packet))],
});

const curve = (appliesToPrefix: string, change: object = {}): IlpPacket => ({
  type: 'liquidity-response',
  points: [
    [0n, 0n],
    [1_000_000_000n, 500_000_000n],
  ],
  appliesToPrefix,
  sourceHoldDurationMs: HOLD_MS + 2_000,
  expiresAtMs: Date.now() + 250_000,
  ...change,
});

const refusal = (code: 'F00' | 'F02'): IlpPacket =>
  ilpError({ code, triggeredBy: 'far.away', triggeredAtMs: Date.now(), data: 'not by me' });

describe('a connector whose default route leads to a peer that has to be asked for quotes', () => {
  let connector: ConnectorUnderTest;
  let payer: PayingPeer;
  let hop: PayingPeer;
  let dora: RpcPeer;
  const asked: IlpPacket[] = [];

  beforeAll(async () => {
    dora = await RpcPeer.listen();
    connector = await ConnectorUnderTest.start(configuration(dora.port), 'router=2,quoter=2');
    const { url } = connector;
    payer = await PayingPeer.dial({ url, token: tokenOf('payer') });
    hop = await PayingPeer.dial({ url, token: tokenOf('hop') });
    hop.btp.script(quotes);
  }, 120_000);

  afterAll(async () => {
    await payer.close();
    await hop.close();
    await connector.stop();
    await dora.close();
  });

  function quotes(request: BtpRequest): Reaction | Promise<Reaction> | undefined {
    if (request.type !== 'message') return undefined;
    const entry = protocolEntry(request.protocolData, SUB_PROTOCOL.ilp);
    if (entry === undefined) return undefined;
    const packet = decodeIlp(entry.data);
    asked.push(packet);
    const about = 'destinationAccount' in packet ? packet.destinationAccount : '';
    return answers.get(about.slice(0, about.indexOf('.')))?.(packet) ?? said(refusal('F02'));
  }

  const askedAbout = (start: string): IlpPacket[] =>
    asked.filter((one) => 'destinationAccount' in one && one.destinationAccount.startsWith(start));

  /** The ILP error that a payment to there is refused with. */
  async function refused(
    to: string,
    delivers = 1n,
  ): Promise<{ code: string; by: string; why: string; passedOnBy: readonly string[] }> {
    const transferId = randomUUID();
    const packet = encodeIlp({
      type: 'payment',
      amount: delivers,
      account: to,
      data: Buffer.alloc(0),
    });
    const transfer = {
      transferId,
      amount: AMOUNT,
      executionCondition: conditionOf(randomBytes(32)),
      expiresAtMs: Date.now() + 20_000,
      protocolData: [ilpEntry(packet)],
    };
    // Where the next hop says nothing, the answer comes hardly in time; the rejection comes in any case.
    await payer.btp.prepare(transfer).catch(unlessSilent);
    const reject = await payer.btp.received.next(
      (one) => one.type === 'reject' && one.transferId === transferId,
      `the rejection of ${transferId}`,
      DECIDED_WITHIN_MS,
    );
    const entry =
      reject.type === 'reject' ? protocolEntry(reject.protocolData, SUB_PROTOCOL.ilp) : undefined;
    const error = decodeIlp(entry?.data ?? Buffer.alloc(0));
    if (error.type !== 'error') throw new Error(`rejected with ${error.type}`);
    const { code, triggeredBy: by, forwardedBy: passedOnBy } = error;
    return { code, by, why: errorMessage(error.data), passedOnBy };
  }

  /** Whoever is busy for too long makes it T01, which says that one may try again. */
  async function refusedForGood(to: string): ReturnType<typeof refused> {
    const untilMs = Date.now() + DECIDED_WITHIN_MS;
    for (;;) {
      const error = await refused(to);
      if (error.code !== 'T01' || Date.now() > untilMs) return error;
    }
  }

  async function quoted(to: string): Promise<IlpPacket> {
    const request = encodeIlp({
      type: 'by-source-request',
      destinationAccount: to,
      sourceAmount: AMOUNT,
      destinationHoldDurationMs: 3_000,
    });
    const answer = await payer.btp.message(ilpEntry(request));
    const entry = protocolEntry(answer.protocolData, SUB_PROTOCOL.ilp);
    return decodeIlp(entry?.data ?? Buffer.alloc(0));
  }

  it('pays a thousand times over three hops, and asks once, whichever router or quoter it is', async () => {
    answers.set('far', () => said(curve('far.net.')));
    const outcomes: string[] = [];
    let left = PAYMENTS;
    const payOn = async (): Promise<void> => {
      while (left > 0) {
        left -= 1;
        const to = `far.net.bob${left % 7}`;
        if (left % 100 === 0) await quoted(to);
        const payment = { to, amount: AMOUNT, delivers: 499n, expiresInMs: HOLD_MS - 5_000 };
        outcomes.push(await payer.pay(payment));
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, payOn));
    expect(outcomes.filter((outcome) => outcome !== 'fulfilled')).toEqual([]);
    expect(outcomes).toHaveLength(PAYMENTS);
    expect(askedAbout('far.')).toHaveLength(1);
  }, 240_000);

  it('quotes by what it was told, with the time of all hops', async () => {
    expect(await quoted('far.net.bob1')).toEqual({
      type: 'by-source-response',
      destinationAmount: 499n,
      sourceHoldDurationMs: expect.any(Number) as number,
    });
    expect(askedAbout('far.')).toHaveLength(1);
  });

  it('refuses what does not suffice by the quote', async () => {
    const error = await refused('far.net.bob1', 510n);
    expect(error).toMatchObject({ code: 'R01', by: 'test.payer.server' });
  });

  it.each<[string, (to: string) => Reaction, string]>([
    ['an error of its own', () => said(refusal('F02')), 'F02 far.away'],
    ['a refusal of BTP', () => ({ error: 'NotAcceptedError' }), 'T01 test.payer.server'],
    ['nothing', () => 'silence', 'T01 test.payer.server'],
    ['an empty Response', () => ({ respond: [] }), 'T01 test.payer.server'],
    ['bytes that are no packet', () => said(Buffer.from('03ff', 'hex')), 'T01 test.payer.server'],
    ['another packet', (to) => said(question(to)), 'T01 test.payer.server'],
    ['no points', (to) => said(curve(to, { points: [] })), 'T01 test.payer.server'],
    ['x that does not increase', (to) => said(broken(to)), 'T01 test.payer.server'],
    ['an end in the past', (to) => said(curve(to, { expiresAtMs: 1 })), 'T01 test.payer.server'],
    [
      'too short a hold',
      (to) => said(curve(to, { sourceHoldDurationMs: 0 })),
      'T01 test.payer.server',
    ],
    ['a prefix of others', () => said(curve('near.')), 'T01 test.payer.server'],
  ])(
    'refuses, with an error that says so, what the next hop answers with %s',
    async (what, answer, expected) => {
      const start = `bad-${what.replaceAll(' ', '-').replaceAll(',', '')}`;
      const to = `${start}.bob`;
      answers.set(start, () => answer(`${start}.`));
      const error = await (expected.startsWith('T') ? refused(to) : refusedForGood(to));
      expect(`${error.code} ${error.by}`).toBe(expected);
      if (what === 'nothing') return;
      expect(await quoted(to)).toMatchObject({ type: 'error', code: error.code });
    },
  );

  it('takes the first of two answers, and none that comes too late', async () => {
    answers.set('late', async () => {
      await sleep(5_500);
      return said(curve('late.'));
    });
    const late = refused('late.bob');
    hop.btp.script((request) => {
      if (!isAbout(request, 'twice.')) return undefined;
      setImmediate(() => {
        const points = [
          [0n, 0n],
          [1_000_000n, 9_000_000n],
        ];
        const protocolData = [ilpEntry(encodeIlp(curve('twice.', { points })))];
        hop.btp.send({ type: 'response', requestId: request.requestId, protocolData });
      });
      return said(curve('twice.'));
    });
    for (let n = 0; n < 2; n += 1) {
      expect(await quoted('twice.bob')).toMatchObject({ destinationAmount: 499n });
    }
    expect(await late).toMatchObject({ code: 'T01' });
    await sleep(2_000);
    expect(askedAbout('late.')).toHaveLength(1);
    answers.set('late', () => said(refusal('F02')));
    expect(await refusedForGood('late.bob')).toMatchObject({ code: 'F02' });
  });

  it('asks a peer that is called over HTTP as well', async () => {
    dora.script = (call) => {
      const [asking] = call.params as [{ readonly ilp?: string } | undefined];
      const packet =
        asking?.ilp === undefined ? undefined : decodeIlp(fromBase64Url(asking.ilp, 'ilp'));
      if (packet?.type !== 'liquidity-request') return WILLING(call);
      asked.push(packet);
      const ilp = toBase64Url(encodeIlp(curve('test.called.')));
      return { body: { from: THEIRS, to: OURS, ledger: PREFIX, ilp } };
    };
    for (let n = 0; n < 2; n += 1) {
      expect(await quoted('test.called.bob')).toMatchObject({ destinationAmount: 499n });
    }
    expect(askedAbout('test.called.')).toHaveLength(1);
  });

  it('passes an error on to who asked for a quote or paid, as the latest to do so', async () => {
    answers.set('gone', () => said(refusal('F02')));
    expect(await quoted('gone.bob')).toMatchObject({
      type: 'error',
      code: 'F02',
      triggeredBy: 'far.away',
      forwardedBy: ['test.payer.server'],
    });
    expect(await refused('gone.bob')).toMatchObject({
      by: 'far.away',
      why: 'not by me',
      passedOnBy: ['test.payer.server'],
    });
  });

  it('asks again when a quote has expired', async () => {
    answers.set('short', () => said(curve('short.', { expiresAtMs: Date.now() + SHORT_MS })));
    await until(DECIDED_WITHIN_MS, 'it is asked again', async () => {
      expect(await quoted('short.bob')).toMatchObject({ type: 'by-source-response' });
      return askedAbout('short.').length > 1;
    });
  });

  it('pays through one that quotes amounts only, by the amount', async () => {
    answers.set('amounts', (packet) =>
      packet.type === 'by-source-request'
        ? said({
            type: 'by-source-response',
            destinationAmount: packet.sourceAmount / 2n,
            sourceHoldDurationMs: packet.destinationHoldDurationMs + 1_000,
          })
        : said(refusal('F00')),
    );
    const pay = (delivers: bigint): Promise<string> =>
      payer.pay({ to: 'amounts.bob', amount: AMOUNT, delivers });
    expect(await pay(499n)).toBe('fulfilled');
    expect(await pay(600n)).toBe('rejected');
  });

  it('refuses for the time being while the hop is away', async () => {
    await hop.close();
    expect(await refused('new.bob')).toMatchObject({ code: 'T01' });
  });
});

function unlessSilent(error: unknown): void {
  if (!(error instanceof NothingCameError)) throw error;
}

function isAbout(request: BtpRequest, start: string): boolean {
  if (request.type !== 'message') return false;
  const entry = protocolEntry(request.protocolData, SUB_PROTOCOL.ilp);
  const packet = entry === undefined ? undefined : decodeIlp(entry.data);
  return packet?.type === 'liquidity-request' && packet.destinationAccount.startsWith(start);
}

function question(destinationAccount: string): IlpPacket {
  return {
    type: 'liquidity-request',
    destinationAccount: `${destinationAccount}x`,
    destinationHoldDurationMs: 1,
  };
}

/** Its second point lies before its first one, in either order of bytes. */
function broken(prefix: string): Buffer {
  const points = [
    [1n, 1n],
    [2n, 2n],
  ];
  const bytes = encodeIlp(curve(prefix, { points }));
  const at = bytes.indexOf(Buffer.from('0102', 'hex')) + 2;
  bytes.fill(255, at, at + 8);
  return bytes;
}
