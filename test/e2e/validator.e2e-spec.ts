import { randomUUID } from 'node:crypto';
import {
  accountInfoEntry,
  encodeIlp,
  ilpEntry,
  ilpError,
  infoRequest,
  jsonEntry,
  octetEntry,
  protocolEntry,
  readLedgerInfo,
  textEntry,
} from '#protocol';
import { aPreimage, BtpPeer, type Reaction, type Script } from '#testing';
import { HistoricPeer } from '../../apps/causeway/src/demo/historic-peer';
import type {
  PaymentOrder,
  ReceiverBehaviour,
} from '../../apps/causeway/src/demo/historic-peer.messages';
import { ConnectorUnderTest } from '../support/connector-under-test';
import { dialsUs, tokenOf } from '../support/dialling-peers';
import { answered } from '../support/paying-peer';
import { until } from '../support/running-connector';
import { ANNAS_LIMIT, balanceTowards, DUO, RunningValidator } from '../support/running-validator';

const WITHIN_MS = 60_000;
/** A connector brings its own database and bus. */
const STARTED_WITHIN_MS = 180_000;
const TIMEOUT_MS = 180_000;
/** Longer than a busy machine takes to start a ledger again, and to have the transfer ended then. */
const UNHURRIED_MS = 90_000;
const { fulfillment, condition } = aPreimage(1);

jest.setTimeout(TIMEOUT_MS);

/** Of two ledger processes the one decides on anna's ledger and the other on otto's. */
describe.each(['ledger=1', 'ledger=2'])('with %s,', (instances) => {
  let judge: RunningValidator;
  let anna: BtpPeer;
  let otto: BtpPeer;
  /** What otto does with the transfers that reach him, by id. */
  const habits = new Map<string, Script>();

  beforeAll(async () => {
    judge = await RunningValidator.start(instances);
    const byHabit: Script = (request) =>
      request.type === 'prepare' ? habits.get(request.transferId)?.(request) : undefined;
    [anna, otto] = await Promise.all([judge.dial('anna'), judge.dial('otto', byHabit)]);
  }, STARTED_WITHIN_MS);

  afterAll(async () => {
    await Promise.all([anna, otto].map((peer) => peer.close()));
    await judge.stop();
  });

  const packet = (amount: bigint): Buffer =>
    encodeIlp({ type: 'payment', amount, account: 'test.duo.otto.x', data: Buffer.from('hello') });

  const transfer = (amount: bigint, expiresInMs = 20_000) => ({
    transferId: randomUUID(),
    amount,
    executionCondition: condition,
    expiresAtMs: Date.now() + expiresInMs,
    protocolData: [ilpEntry(packet(amount))],
  });

  /** Answers the Prepare and then ends the transfer. */
  function thenEnds(end: (transferId: string) => Promise<unknown>): Script {
    return (request) => {
      if (request.type !== 'prepare') return undefined;
      setImmediate(() => void end(request.transferId).catch(() => undefined));
      return { respond: [] };
    };
  }

  const fulfills = (peer: () => BtpPeer): Script =>
    thenEnds((transferId) => peer().fulfill({ transferId, fulfillment, protocolData: [] }));

  const heard = (peer: BtpPeer, type: 'prepare' | 'fulfill' | 'reject', transferId: string) =>
    peer.requests.filter((request) => request.type === type && request.transferId === transferId);

  const hears = (peer: BtpPeer, type: 'prepare' | 'fulfill' | 'reject', transferId: string) =>
    until(WITHIN_MS, `${type} of ${transferId}`, () => heard(peer, type, transferId).length > 0);

  async function balances(): Promise<readonly [bigint, bigint]> {
    return [await balanceTowards(anna), await balanceTowards(otto)];
  }

  describe('two parties of a validator', () => {
    it('hear how the other one is called, and nothing of the validator', async () => {
      for (const [party, other] of [
        [anna, 'otto'],
        [otto, 'anna'],
      ] as const) {
        const full = await party.message(infoRequest('full'));
        const entry = protocolEntry(full.protocolData, 'info');
        const account = DUO.prefix + other;
        expect(entry && readLedgerInfo(entry)).toMatchObject({ ...DUO, connectors: [account] });
        const short = await party.message(infoRequest('account'));
        expect(short.protocolData).toEqual([accountInfoEntry(account)]);
      }
    });

    it('pay each other: the same transfer, and a Response only after that of the payee', async () => {
      const before = await balances();
      const payment = {
        ...transfer(300n),
        protocolData: [
          jsonEntry('custom', Buffer.from('{"note":1}')),
          ilpEntry(packet(300n)),
          textEntry('to', 'test.duo.otto'),
        ],
      };
      let answeredAtMs = Infinity;
      habits.set(payment.transferId, async (request): Promise<Reaction> => {
        await new Promise((resolve) => setTimeout(resolve, 500));
        answeredAtMs = Date.now();
        return (await fulfills(() => otto)(request)) ?? 'silence';
      });
      expect((await anna.prepare(payment)).type).toBe('response');
      expect(Date.now()).toBeGreaterThanOrEqual(answeredAtMs);
      await hears(anna, 'fulfill', payment.transferId);
      expect(heard(otto, 'prepare', payment.transferId)[0]).toMatchObject(payment);
      const after = await balances();
      expect(after).toEqual([before[0] + 300n, before[1] - 300n]);
      for (const party of ['anna', 'otto'] as const) {
        const story = await judge.story(party, payment.transferId);
        expect(story).toEqual(['TransferPrepared', 'TransferFulfilled']);
      }
    });

    it('are told a rejection in the words of whoever rejects', async () => {
      const payment = transfer(10n);
      const { transferId } = payment;
      const reason = encodeIlp({
        ...ilpError({ code: 'F99', triggeredBy: 'test.duo.otto.x', triggeredAtMs: 1, data: 'no' }),
        forwardedBy: ['test.duo.otto'],
      });
      const protocolData = [ilpEntry(reason)];
      habits.set(
        transferId,
        thenEnds(() => otto.reject({ transferId, protocolData })),
      );
      expect((await anna.prepare(payment)).type).toBe('response');
      await hears(anna, 'reject', transferId);
      expect(heard(anna, 'reject', transferId)[0]).toMatchObject({ protocolData });
    });

    it('are told an Error by its name and message, and no Reject besides', async () => {
      const payment = transfer(10n);
      const { transferId } = payment;
      const message = 'not on a Sunday';
      habits.set(transferId, () => ({ error: 'NotAcceptedError', message }));
      const answer = await anna.prepare(payment);
      expect(answer).toMatchObject({ type: 'error', name: 'NotAcceptedError' });
      expect(answer.type === 'error' && answer.data.toString()).toContain(message);
      expect(await anna.prepare(payment)).toMatchObject({
        type: 'error',
        name: 'NotAcceptedError',
      });
      for (const party of ['anna', 'otto'] as const) {
        const story = await judge.story(party, transferId);
        expect(story).toEqual(['TransferPrepared', 'TransferRejected']);
      }
      expect(heard(anna, 'reject', transferId)).toEqual([]);
    });

    it('both lose a transfer to the clock', async () => {
      const payment = transfer(10n, 6_000);
      const { transferId } = payment;
      expect((await anna.prepare(payment)).type).toBe('response');
      await Promise.all([hears(anna, 'reject', transferId), hears(otto, 'reject', transferId)]);
      for (const party of ['anna', 'otto'] as const) {
        const story = await judge.story(party, transferId);
        expect(story).toEqual(['TransferPrepared', 'TransferExpired']);
      }
    });

    it('are held to their limit, without a word to the other one', async () => {
      const payment = transfer(ANNAS_LIMIT);
      const answer = await anna.prepare(payment);
      expect(answer).toMatchObject({ type: 'error', name: 'InsufficientBalanceError' });
      expect(heard(otto, 'prepare', payment.transferId)).toEqual([]);
    });

    it('talk to each other, Responses and Errors as they are', async () => {
      const asked = [
        ilpEntry(Buffer.from('any')),
        textEntry('to', 'test.duo.otto'),
        jsonEntry('custom', Buffer.from('{"a":1}')),
      ];
      const told = [octetEntry('ccp', Buffer.from([1, 2])), jsonEntry('custom', Buffer.from('[]'))];
      const answers = (wanted: readonly string[], reaction: Reaction): Script => {
        return ({ type, protocolData }) =>
          type === 'message' && protocolData[0]?.protocolName === wanted[0] ? reaction : undefined;
      };
      otto.script(answers(['ilp'], { respond: told }));
      otto.script(answers(['custom'], { error: 'DuplicateIdError', message: 'once is enough' }));
      expect((await anna.message(...asked)).protocolData).toEqual(told);
      const messages = otto.requests.filter(({ type }) => type === 'message');
      expect(messages.at(-1)?.protocolData).toEqual(asked);
      const error = await anna.message(jsonEntry('custom', Buffer.from('{}')));
      expect(error).toMatchObject({ type: 'error', code: 'F05', name: 'DuplicateIdError' });
      expect(error.type === 'error' && error.data.toString()).toContain('once is enough');
    });

    it('lose nothing when the ledger dies in the middle', async () => {
      const before = await balances();
      const payment = transfer(20n, UNHURRIED_MS);
      const { transferId } = payment;
      habits.set(transferId, () => 'silence');
      const asking = anna.prepare(payment).catch(() => undefined);
      await hears(otto, 'prepare', transferId);
      habits.set(
        transferId,
        fulfills(() => otto),
      );
      await judge.killLedger();
      await asking;
      await hears(anna, 'fulfill', transferId);
      await until(WITHIN_MS, 'both balances have moved', async () => {
        const [one, other] = await balances();
        return one === before[0] + 20n && other === before[1] - 20n;
      });
    });

    it('wait for the other one where it is offline', async () => {
      const payment = transfer(5n, UNHURRIED_MS);
      const { transferId } = payment;
      habits.set(
        transferId,
        fulfills(() => otto),
      );
      await otto.close();
      const unheard = await anna.message(jsonEntry('custom', Buffer.from('{}')));
      expect(unheard).toMatchObject({ type: 'error', code: 'T00', name: 'UnreachableError' });
      await expect(anna.prepare(payment)).rejects.toThrow('answer to prepare');
      await otto.connect();
      await answered(() => anna.prepare(payment), Date.now() + WITHIN_MS);
      await hears(anna, 'fulfill', transferId);
      await until(WITHIN_MS, 'both have counted it', async () => {
        const [one, other] = await balances();
        return one === -other;
      });
    });
  });

  describe('a connector of our own as one party, which shadows the ledger', () => {
    let karl: ConnectorUnderTest;

    beforeAll(async () => {
      await anna.close();
      const ledger = { ...DUO, account: 'anna', peerAccount: 'otto' };
      const uri = judge.uri('anna');
      karl = await ConnectorUnderTest.start({
        connector: { address: 'test.karl', spread: 0 },
        peers: [
          { id: 'duo', socket: 'client', uri, authority: 'validated', ledger },
          dialsUs('alice', { ledger: { prefix: 'test.karl.' } }),
        ],
      });
    }, STARTED_WITHIN_MS);

    afterAll(async () => {
      await karl.stop();
      await anna.connect();
    });

    /** Whether the payee took it; else it was rejected. */
    async function arrives(payer: BtpPeer, make: () => ReturnType<typeof transfer>) {
      const payment = make();
      const { transferId } = payment;
      await answered(() => payer.prepare(payment), payment.expiresAtMs);
      const ends = (): number =>
        heard(payer, 'fulfill', transferId).length + heard(payer, 'reject', transferId).length;
      await until(WITHIN_MS, `${transferId} ends`, () => ends() > 0);
      return heard(payer, 'fulfill', transferId).length > 0;
    }

    it('pays the other party, and is paid by it', async () => {
      const alice = await BtpPeer.dial({
        url: karl.url,
        token: tokenOf('alice'),
        scripts: [fulfills(() => alice)],
      });
      const before = await balanceTowards(otto);
      try {
        otto.script(fulfills(() => otto));
        // Until both sessions are known there is no way there, or back, and the payment is rejected.
        await until(WITHIN_MS, 'a payment arrives', () =>
          arrives(alice, () => transfer(40n, 9_000)),
        );
        const account = 'test.karl.client.x';
        const payment = { type: 'payment', amount: 15n, account, data: Buffer.alloc(0) } as const;
        const protocolData = [ilpEntry(encodeIlp(payment))];
        await until(WITHIN_MS, 'another one comes back', () =>
          arrives(otto, () => ({ ...transfer(15n, 9_000), protocolData })),
        );
        expect(await balanceTowards(otto)).toBe(before - 40n + 15n);
      } finally {
        await alice.close();
      }
    });
  });

  describe('two historic plugins as the parties', () => {
    const SECRET = '11'.repeat(32);
    const start = (name: 'anna' | 'otto'): Promise<HistoricPeer> =>
      HistoricPeer.start({
        name,
        role: 'dialler',
        uri: judge.uri(name),
        secret: SECRET,
        stateful: false,
        maxBalance: '0',
      });

    it('pay each other', async () => {
      const before = await balances();
      await Promise.all([anna.close(), otto.close()]);
      const parties = await Promise.all([start('anna'), start('otto')]);
      try {
        const [one, other] = parties;
        const order = (label: string, to: string, behaviour: ReceiverBehaviour): PaymentOrder => ({
          label,
          amount: '7',
          delivers: '7',
          to,
          expiresInMs: behaviour.kind === 'ignore' ? 6_000 : 30_000,
          behaviour,
        });
        const reject = {
          kind: 'reject',
          code: 'F99',
          name: 'Application Error',
          message: 'no',
        } as const;
        const there = await one.pay(
          [
            order('paid', 'test.duo.otto.x', { kind: 'fulfill' }),
            order('rejected', 'test.duo.otto.x', reject),
            order('ignored', 'test.duo.otto.x', { kind: 'ignore' }),
          ],
          3,
        );
        expect(there.map(({ outcome }) => outcome)).toEqual(['fulfilled', 'rejected', 'expired']);
        const back = await other.pay([order('back', 'test.duo.anna.x', { kind: 'fulfill' })], 1);
        expect(back.map(({ outcome }) => outcome)).toEqual(['fulfilled']);
        const asked = (await Promise.all(parties.map((party) => party.balances()))).map(
          (b) => b.asked,
        );
        expect(asked).toEqual(before.map((balance) => String(-balance)));
      } finally {
        await Promise.all(parties.map((party) => party.stop()));
      }
    });
  });
});
