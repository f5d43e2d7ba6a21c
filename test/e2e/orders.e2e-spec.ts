import { randomBytes, randomUUID } from 'node:crypto';
import { z } from 'zod';
import { conditionOf, type BtpAnswer } from '#protocol';
import { disagreements } from '../../apps/causeway/src/demo/reckoning';
import { onCommandLine, type Ran } from '../support/command-line';
import { dialsUs, tokenOf } from '../support/dialling-peers';
import { RawPeer } from '../support/raw-peer';
import { QUICK_RECONNECT, RunningConnector, until } from '../support/running-connector';

const WITHIN_MS = 60_000;
/** What is prepared is not to run out, nor a peer to be turned away, because everything stands still for a moment. */
const PATIENT = {
  connector: { maxHoldTimeMs: 60_000 },
  limits: { ...QUICK_RECONNECT, authWaitMs: 20_000 },
};
const EXPIRES_IN_MS = 40_000;

jest.setTimeout(180_000);

const dora = dialsUs('dora', {
  limit: 100_000n,
  ledger: { currencyCode: 'EUR', currencyScale: 2 },
});

const reply = z.object({
  outcome: z.string(),
  event: z.string().optional(),
  ledger: z.object({
    balance: z.string(),
    standing: z.string(),
    maxBalance: z.string().nullable(),
  }),
});

describe('orders of an operator to a running connector', () => {
  let running: RunningConnector;

  beforeAll(async () => {
    running = await RunningConnector.start(PATIENT, [dora]);
  });

  afterAll(async () => {
    await running.stop();
  });

  const causeway = (...words: readonly string[]): Promise<Ran> =>
    onCommandLine(...words, '--data', running.dataDir);

  async function order(...words: readonly string[]): Promise<z.infer<typeof reply>> {
    const { code, out, said } = await causeway(...words, '--json');
    expect({ code, said }).toEqual({ code: 0, said: '' });
    return reply.parse(JSON.parse(out));
  }

  /** What a Prepare of dora's is answered. */
  async function answerToPrepare(): Promise<BtpAnswer> {
    const url = running.network.connector.ready.btp;
    const peer = await RawPeer.authenticated(url, tokenOf('dora'));
    try {
      return await peer.request({
        type: 'prepare',
        requestId: peer.nextId(),
        transferId: randomUUID(),
        amount: 1n,
        executionCondition: conditionOf(randomBytes(32)),
        expiresAtMs: Date.now() + EXPIRES_IN_MS,
        protocolData: [],
      });
    } finally {
      await peer.close();
    }
  }

  const typesOf = async (ledger: string): Promise<unknown[]> => {
    const text = 'select type from ledger_events where ledger_id = $1 order by version';
    return (await running.query(text, [ledger])).map(({ type }) => type);
  };

  it('pause a ledger: its peer is told to come back later, and may after it is resumed', async () => {
    expect((await answerToPrepare()).type).toBe('response');
    expect(await order('ledger', 'pause', 'dora', '--reason', 'maintenance')).toMatchObject({
      outcome: 'done',
      event: 'LedgerPaused',
      ledger: { standing: 'paused' },
    });
    expect(await answerToPrepare()).toMatchObject({ type: 'error', code: 'T00' });
    expect(await answerToPrepare()).toMatchObject({ name: 'UnreachableError' });
    await order('ledger', 'resume', 'dora', '--reason', 'it is over');
    expect((await answerToPrepare()).type).toBe('response');
  });

  it('pause the way out: payers are rejected, nobody loses money, and payments go on later', async () => {
    await order('ledger', 'pause', 'bob', '--reason', 'maintenance');
    const refused = await running.pay({ there: 5, back: 0, window: 5 });
    expect(refused.there.map(({ outcome }) => outcome)).toEqual(Array(5).fill('rejected'));
    await order('ledger', 'resume', 'bob', '--reason', 'it is over');
    await until(WITHIN_MS, 'a payment goes through again', async () => {
      const { there } = await running.pay({ there: 5, back: 0, window: 5 });
      return there.some(({ outcome }) => outcome === 'fulfilled');
    });
    expect(disagreements(await running.reckonings())).toEqual([]);
  });

  it('settle: the balance moves by what was paid, once, and back when it is reversed', async () => {
    const settle = ['settle', '--ledger', 'dora', '--in-currency', '--amount', '12.5'];
    const named = [...settle, '--direction', 'paid', '--reference', 'wire 1', '--by', 'carol'];
    expect(await order(...named)).toMatchObject({ outcome: 'done', ledger: { balance: '1250' } });
    expect(await order(...named)).toMatchObject({ outcome: 'repeated' });
    const [row] = await running.query(
      `select payload::json as payload from ledger_events where type = 'SettlementRecorded'`,
    );
    expect(row?.payload).toEqual({
      amount: '1250',
      by: 'operator (carol)',
      direction: 'paid',
      reference: 'wire 1',
    });
    const reverse = ['settle', 'reverse', '--ledger', 'dora', '--reference', 'wire 1 back'];
    expect(
      await order(...reverse, '--reverses', 'wire 1', '--reason', 'the bank sent it back'),
    ).toMatchObject({ event: 'SettlementReversed', ledger: { balance: '0' } });
  });

  it('watch thresholds: reaching one is on record, and asks for a settlement', async () => {
    const thresholds = ['ledger', 'thresholds', 'dora', '--high', '1000', '--settle-to', '0'];
    await order(...thresholds);
    const settle = ['settle', '--ledger', 'dora', '--amount', '1500', '--direction', 'paid'];
    await order(...settle, '--reference', 'wire 2');
    expect((await typesOf('dora')).slice(-3)).toEqual([
      'SettlementRecorded',
      'ThresholdCrossed',
      'SettlementRequested',
    ]);
    await until(WITHIN_MS, 'the ledger shows it', async () => {
      const { out } = await causeway('ledger', 'show', 'dora');
      return out.includes('reached     the high threshold') && out.includes('1500 (15.00 EUR)');
    });
  });

  it('outlive a restart with the same configuration', async () => {
    await order('ledger', 'limits', 'dora', '--max-balance', '2000');
    await running.network.connector.stop();
    await running.network.restartConnector();
    const again = await order('ledger', 'limits', 'dora', '--max-balance', '2000');
    expect(again).toMatchObject({ outcome: 'repeated', ledger: { maxBalance: '2000' } });
  });

  it('are refused with field, rule and both figures, and exit 1', async () => {
    const bad: readonly (readonly [string[], string])[] = [
      [['ledger', 'limits', 'dora', '--min-balance', '1'], 'minBalance: 1 must not be above 0'],
      [
        ['ledger', 'close', 'dora', '--reason', 'x', '--balance', '7'],
        'balance: 7 was acknowledged, but the balance is 1500; settle it, or acknowledge it',
      ],
      [
        [
          'settle',
          '--ledger',
          'dora',
          '--amount',
          '1e3',
          '--direction',
          'paid',
          '--reference',
          'x',
        ],
        'amount: must be a whole number of base units as text, like "1500", not "1e3"',
      ],
      [['ledger', 'pause', 'nobody', '--reason', 'x'], 'there is no ledger nobody'],
    ];
    for (const [words, message] of bad) {
      expect(await causeway(...words)).toEqual({
        code: 1,
        out: '',
        said: `causeway: ${message}\n`,
      });
    }
  });

  it('are only taken from whoever has the token, and exit 2 where nobody is', async () => {
    const pause = ['ledger', 'pause', 'dora', '--reason', 'x'];
    expect(await causeway(...pause, '--token', 'a-guess')).toMatchObject({ code: 1 });
    expect(await causeway(...pause, '--console-url', 'http://127.0.0.1:1')).toMatchObject({
      code: 2,
    });
  });

  it('close a ledger for ever, over the balance that was acknowledged', async () => {
    await until(WITHIN_MS, 'what is open has ended', async () => {
      const { code } = await causeway('ledger', 'drain', 'dora', '--reason', 'we part');
      return code === 0;
    });
    const close = ['ledger', 'close', 'dora', '--reason', 'we part', '--balance', '1500'];
    await until(WITHIN_MS, 'it is closed', async () => (await causeway(...close)).code === 0);
    expect((await typesOf('dora')).slice(-2)).toEqual(['LedgerDraining', 'LedgerClosed']);
    expect((await causeway('ledger', 'resume', 'dora', '--reason', 'x')).said).toContain(
      'ledger dora is closed for ever',
    );
    expect(await answerToPrepare()).toMatchObject({ type: 'error', name: 'NotAcceptedError' });
  });

  it('leave a log that can be replayed from its first event', async () => {
    expect(await running.replay()).toMatchObject({ matches: true, chain: 'ok' });
  });
});
