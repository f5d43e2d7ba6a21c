import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { PeerFulfilled, PeerRejected, PlannedPayment } from '#contracts';
import { encodeIlp } from '#protocol';
import { anIlpPayment, aPreimage } from '#testing';
import { description, LedgerStage } from '../test/ledger-stage';

const { fulfillment, condition } = aPreimage();
/** Gateways repeat what they were not answered every second. */
const REPEATED_AFTER_MS = 700;
/** Long enough for all that happens before the owner is away, also if the machine stands still. */
const DUE_IN_MS = 5_000;

/** A payment from alice, whose ledger is ours, to bob, who decides on his. */
function aPayment(dueInMs: number) {
  const [incoming, outgoing] = [randomUUID(), randomUUID()];
  const now = Date.now();
  const payment: Omit<PlannedPayment, 'replyTo'> = {
    kind: 'planned-payment',
    ledgerId: 'alice',
    transferId: incoming,
    amount: 100n,
    condition,
    expiresAtMs: now + dueInMs + 200,
    receivedAtMs: now,
    packet: anIlpPayment(),
    sideDataDigest: null,
    plan: {
      kind: 'forward',
      ledgerId: 'bob',
      transferId: outgoing,
      amount: 99n,
      expiresAtMs: now + dueInMs,
    },
  };
  const fulfilled: Omit<PeerFulfilled, 'replyTo'> = {
    kind: 'peer-fulfilled',
    ledgerId: 'bob',
    transferId: outgoing,
    fulfillment,
    data: null,
    receivedAtMs: now + dueInMs - 50,
  };
  const timedOut: Omit<PeerRejected, 'replyTo'> = {
    kind: 'peer-rejected',
    ledgerId: 'alice',
    transferId: incoming,
    reason: encodeIlp({
      type: 'error',
      code: 'R00',
      name: 'Transfer Timed Out',
      triggeredBy: 'test.alice.client',
      forwardedBy: [],
      triggeredAtMs: now + dueInMs + 200,
      data: Buffer.alloc(0),
    }),
    receivedAtMs: now + dueInMs + 210,
  };
  return { payment, fulfilled, timedOut, incoming, outgoing };
}

describe('what a peer fulfilled in time where it decides, while nobody served its ledger', () => {
  let stage: LedgerStage;

  beforeAll(async () => {
    stage = await LedgerStage.open();
    const bob = description({ ledgerId: 'bob', prefix: 'test.bob.', authority: 'shadow' });
    await stage.openLedgers(description(), bob);
  });

  afterAll(() => stage.close());

  /** The owner is away from before the Fulfill until both transfers are long due. */
  const away = async (one: ReturnType<typeof aPayment>): Promise<void> => {
    expect((await stage.ask(one.payment)).error).toBeNull();
    await stage.delivery('deliver-prepare', one.outgoing);
    await stage.stop();
    await sleep(DUE_IN_MS + 1_400);
    await stage.start();
  };

  it('is paid for by the payer, though both are due when the gateway repeats it', async () => {
    const one = aPayment(DUE_IN_MS);
    await away(one);
    await sleep(REPEATED_AFTER_MS);
    expect((await stage.ask(one.fulfilled)).error).toBeNull();
    expect(await stage.delivery('deliver-fulfill', one.incoming)).toMatchObject({ fulfillment });
  });

  it('is paid for though the peer has said it again since, and that comes in first', async () => {
    const one = aPayment(DUE_IN_MS);
    await away(one);
    stage.tell({
      ...one.fulfilled,
      receivedAtMs: Date.now(),
      replyTo: { gatewayId: 'gateway', reference: 4_000_000 },
    });
    await sleep(REPEATED_AFTER_MS);
    expect((await stage.ask(one.fulfilled)).error).toBeNull();
    expect(await stage.delivery('deliver-fulfill', one.incoming)).toMatchObject({ fulfillment });
    expect(stage.answers.has(4_000_000)).toBe(false);
  });

  it('is paid for by a payer who says first that its own time is over', async () => {
    const one = aPayment(DUE_IN_MS);
    await away(one);
    expect((await stage.ask(one.timedOut)).error).toMatchObject({ name: 'UnreachableError' });
    await sleep(REPEATED_AFTER_MS);
    expect((await stage.ask(one.fulfilled)).error).toBeNull();
    expect(await stage.delivery('deliver-fulfill', one.incoming)).toMatchObject({ fulfillment });
  });

  it('is paid for though it was the bus that was away', async () => {
    const one = aPayment(DUE_IN_MS);
    expect((await stage.ask(one.payment)).error).toBeNull();
    stage.isCutOff = true;
    await sleep(DUE_IN_MS + 1_400);
    stage.isCutOff = false;
    await sleep(REPEATED_AFTER_MS);
    expect((await stage.ask(one.fulfilled)).error).toBeNull();
    expect(await stage.delivery('deliver-fulfill', one.incoming)).toMatchObject({ fulfillment });
  });

  it('is on record as paid, and lost, if it came late only', async () => {
    const one = aPayment(DUE_IN_MS);
    await away(one);
    const late = { ...one.fulfilled, receivedAtMs: Date.now() };
    const asking = stage.ask(late);
    const repeating = setInterval(() => {
      stage.tell({ ...late, replyTo: stage.lastReplyTo });
    }, REPEATED_AFTER_MS);
    const { error } = await asking.finally(() => {
      clearInterval(repeating);
    });
    expect(error).toBeNull();
    const events = await stage.events();
    expect(events.slice(-2).sort()).toEqual(['alice TransferRejected', 'bob TransferFulfilled']);
  });

  it('and what nobody fulfilled runs out all the same, a little later', async () => {
    const one = aPayment(DUE_IN_MS);
    await away(one);
    await stage.delivery('deliver-reject', one.incoming);
    expect((await stage.ask(one.fulfilled)).error).toMatchObject({
      name: 'AlreadyRolledBackError',
    });
  });
});
