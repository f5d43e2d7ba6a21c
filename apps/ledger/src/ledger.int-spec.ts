import { randomUUID } from 'node:crypto';
import type { PeerFulfilled, PeerRejected, PlannedPayment } from '#contracts';
import { decodeIlp, encodeIlp } from '#protocol';
import { anIlpPayment, aPreimage } from '#testing';
import { description, LedgerStage, until } from '../test/ledger-stage';

const { fulfillment, condition } = aPreimage();

type Payment = Omit<PlannedPayment, 'replyTo'>;

function payment(change: Partial<Payment> = {}): Payment {
  return {
    kind: 'planned-payment',
    ledgerId: 'alice',
    transferId: randomUUID(),
    amount: 100n,
    condition,
    expiresAtMs: Date.now() + 80_000,
    receivedAtMs: Date.now(),
    packet: anIlpPayment(),
    sideDataDigest: null,
    plan: {
      kind: 'forward',
      ledgerId: 'bob',
      transferId: randomUUID(),
      amount: 99n,
      expiresAtMs: Date.now() + 70_000,
    },
    ...change,
  };
}

function outgoingOf({ plan }: Payment): string {
  if (plan.kind !== 'forward') throw new Error('not forwarded');
  return plan.transferId;
}

const fulfilled = (transferId: string, ledgerId = 'bob'): Omit<PeerFulfilled, 'replyTo'> => ({
  kind: 'peer-fulfilled',
  ledgerId,
  transferId,
  fulfillment,
  data: null,
  receivedAtMs: Date.now(),
});

const noReason = encodeIlp({
  type: 'error',
  code: 'F99',
  name: 'Application Error',
  triggeredBy: 'test.bob.client',
  forwardedBy: [],
  triggeredAtMs: 1_500_000_000_000,
  data: Buffer.from('no'),
});

const rejected = (transferId: string): Omit<PeerRejected, 'replyTo'> => ({
  kind: 'peer-rejected',
  ledgerId: 'bob',
  transferId,
  reason: noReason,
  receivedAtMs: Date.now(),
});

describe('the ledger service', () => {
  let stage: LedgerStage;

  beforeAll(async () => {
    stage = await LedgerStage.open();
    const bob = description({ ledgerId: 'bob', prefix: 'test.bob.', minBalance: '-1000000' });
    await stage.openLedgers(description(), bob);
  });

  afterAll(() => stage.close());

  const balance = async (ledgerId: string): Promise<bigint | undefined> =>
    (await stage.ask({ kind: 'balance-asked', ledgerId })).balance?.balance;

  it('puts both legs of a payment on record before anybody hears of them', async () => {
    const one = payment();
    const answer = await stage.ask(one);
    expect(answer.error).toBeNull();
    const prepare = await stage.delivery('deliver-prepare', outgoingOf(one));
    expect(prepare).toMatchObject({ ledgerId: 'bob', amount: 99n, isRepeated: false });
    const rows: { ledger_id: string }[] = await stage.database.dataSource.query(
      `SELECT ledger_id FROM ledger_events WHERE transfer_id IN ($1, $2) ORDER BY ledger_id`,
      [one.transferId, outgoingOf(one)],
    );
    expect(rows.map((row) => row.ledger_id)).toEqual(['alice', 'bob']);
  });

  it('fulfills both legs at once and tells the payer', async () => {
    const [alice, bob] = [await balance('alice'), await balance('bob')];
    const one = payment();
    await stage.ask(one);
    expect((await stage.ask(fulfilled(outgoingOf(one)))).error).toBeNull();
    const delivery = await stage.delivery('deliver-fulfill', one.transferId);
    expect(delivery).toMatchObject({ ledgerId: 'alice', fulfillment });
    expect(await balance('alice')).toBe((alice ?? 0n) + 100n);
    expect(await balance('bob')).toBe((bob ?? 0n) - 99n);
  });

  it('rejects the payer with the reason of the receiver', async () => {
    const one = payment();
    await stage.ask(one);
    await stage.ask(rejected(outgoingOf(one)));
    const delivery = await stage.delivery('deliver-reject', one.transferId);
    if (delivery.kind !== 'deliver-reject') throw new Error('no reject');
    expect(decodeIlp(delivery.reason)).toMatchObject({
      code: 'F99',
      triggeredBy: 'test.bob.client',
      forwardedBy: ['test.alice.server'],
    });
  });

  it('prepares and at once rejects what the router refuses', async () => {
    const refusal = {
      kind: 'refuse',
      code: 'F02',
      triggeredBy: 'test.alice.server',
      message: 'no route',
    } as const;
    const one = payment({ plan: refusal });
    expect((await stage.ask(one)).error).toBeNull();
    const delivery = await stage.delivery('deliver-reject', one.transferId);
    if (delivery.kind !== 'deliver-reject') throw new Error('no reject');
    expect(decodeIlp(delivery.reason)).toMatchObject({ code: 'F02' });
  });

  it('rejects what the outgoing ledger has no room for with T04', async () => {
    const one = payment({ amount: 2_000_000n });
    const big = { ...one, plan: { ...one.plan, amount: 2_000_000n } } as Payment;
    await stage.ask(big);
    const delivery = await stage.delivery('deliver-reject', one.transferId);
    if (delivery.kind !== 'deliver-reject') throw new Error('no reject');
    expect(decodeIlp(delivery.reason)).toMatchObject({ code: 'T04' });
  });

  it('expires both legs by its own clock and tells both peers', async () => {
    // Not so soon that the time might be over before the Prepare arrives.
    const soon = Date.now() + 5_000;
    const one = payment({ expiresAtMs: soon + 100 });
    const short = { ...one, plan: { ...one.plan, expiresAtMs: soon } } as Payment;
    await stage.ask(short);
    await stage.delivery('deliver-reject', one.transferId);
    await stage.delivery('deliver-reject', outgoingOf(one));
    const late = await stage.ask(fulfilled(outgoingOf(one)));
    expect(late.error?.name).toBe('AlreadyRolledBackError');
  });

  it('answers a repetition as the first time, also when memory has forgotten it', async () => {
    const first = payment();
    await stage.ask(first);
    await stage.ask(fulfilled(outgoingOf(first)));
    for (let i = 0; i < 6; i++) {
      const other = payment();
      await stage.ask(other);
      await stage.ask(fulfilled(outgoingOf(other)));
    }
    const before = await balance('alice');
    const different = payment({ transferId: first.transferId, amount: 101n });
    expect((await stage.ask(first)).error?.name).toBe('AlreadyFulfilledError');
    expect((await stage.ask(different)).error?.name).toBe('DuplicateIdError');
    expect((await stage.ask(fulfilled(outgoingOf(first)))).error).toBeNull();
    expect(await balance('alice')).toBe(before);
  });

  it('hands every open Prepare to a new session, also when the last one had answered it', async () => {
    const one = payment();
    await stage.ask(one);
    const { transferId } = await stage.delivery('deliver-prepare', outgoingOf(one));
    stage.tell({ kind: 'delivered', ledgerId: 'bob', transferId, what: 'prepare' });
    stage.deliveries.length = 0;
    stage.tell({ kind: 'session-opened', ledgerId: 'bob', sessionId: randomUUID() });
    const again = await stage.delivery('deliver-prepare', outgoingOf(one));
    expect(again).toMatchObject({ isRepeated: true });
  });

  it('goes on after a restart where it stood, by the plan in the log', async () => {
    const one = payment();
    await stage.ask(one);
    const before = [await balance('alice'), await balance('bob')];
    await stage.stop();
    stage.deliveries.length = 0;
    await stage.start();
    await stage.delivery('deliver-prepare', outgoingOf(one));
    expect([await balance('alice'), await balance('bob')]).toEqual(before);
    expect((await stage.ask(fulfilled(outgoingOf(one)))).error).toBeNull();
    await stage.delivery('deliver-fulfill', one.transferId);
  });

  it('replays and goes on when its connection to the log is cut', async () => {
    const before = await balance('alice');
    await stage.database.asSuperuser(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE datname = current_database() AND application_name = 'ledger'`,
    );
    await until(() => stage.running.state !== 'owner', 'the loss to be noticed');
    await until(() => stage.running.state === 'owner', 'the partitions to be ours again');
    const one = payment();
    expect((await stage.ask(one)).error).toBeNull();
    expect((await stage.ask(fulfilled(outgoingOf(one)))).error).toBeNull();
    expect(await balance('alice')).toBe((before ?? 0n) + 100n);
  });

  it('refuses to open a ledger whose prefix another one has', async () => {
    const reply = await stage.running.ensure(
      description({ ledgerId: 'carl', prefix: 'test.alice.sub.' }),
    );
    expect(reply).toMatchObject({ outcome: 'conflict', field: 'prefix' });
    expect(await stage.running.ensure(description({ currencyScale: 2 }))).toMatchObject({
      outcome: 'conflict',
      field: 'currencyScale',
      stored: '9',
    });
  });

  it('changes limits at run time', async () => {
    const wanted = description({ maxBalance: '1' });
    expect(await stage.running.ensure(wanted)).toEqual({ outcome: 'limits-changed' });
    expect((await stage.ask(payment())).error?.name).toBe('InsufficientBalanceError');
    expect(await stage.running.ensure(description())).toEqual({ outcome: 'limits-changed' });
  });
});
