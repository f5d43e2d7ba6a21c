import fc from 'fast-check';
import type { HotMessage, LedgerMessage, PeerFulfilled, PeerRejected } from '#contracts';
import { type Authority, isOpen, ledgerId, type TransferId } from '#domain/ledger';
import { encodeIlp, ilpError } from '#protocol';
import { anIlpPayment, aPreimage, aTransferId, ledgerOpened, NOON_MS } from '#testing';
import { SimulatedLog } from './simulated-log';
import { isForOwner, SimulatedOwner } from './simulated-owner';

const STEP_MS = 50;
const REPEATED_AFTER_MS = 1_000;
/** The owners have served their ledgers for long. */
const BEGIN_MS = 10_000;
const STORY_MS = 16_000;
/** Beyond the grace in which an authority may speak. */
const END_MS = 200_000;
const HOLD_MS = 4_000;
const WINDOW_MS = 300;
const unlimited = { maxBalance: null, minBalance: null };

/** A ledger is served by nobody for a while, then by this owner. */
interface Handover {
  readonly ledger: 'alice' | 'bob';
  readonly atMs: number;
  readonly forMs: number;
  readonly to: number;
}

interface Payment {
  readonly atMs: number;
  /** When bob fulfills it, measured from then, in time for his own transfer. */
  readonly fulfilledAfterMs: number | undefined;
  /** From when on bob says it again, which is later. */
  readonly repeatsAfterMs: number;
  /** When alice says that her time is over, after it is. */
  readonly timesOutAfterMs: number | undefined;
}

interface Story {
  readonly payer: Authority;
  readonly payee: Authority;
  readonly owners: readonly [number, number];
  readonly handovers: readonly Handover[];
  readonly cuts: readonly { readonly atMs: number; readonly forMs: number }[];
  readonly payments: readonly Payment[];
}

interface Question {
  readonly message: LedgerMessage & { readonly replyTo: { readonly reference: number } };
  saidAtMs: number;
}

const time = (max: number): fc.Arbitrary<number> =>
  fc.nat(max / STEP_MS).map((steps) => steps * STEP_MS);

const aStory: fc.Arbitrary<Story> = fc.record({
  payer: fc.constantFrom('admin' as const, 'symmetric' as const),
  payee: fc.constantFrom(...(['admin', 'symmetric', 'shadow', 'validated'] as const)),
  owners: fc.tuple(fc.nat(1), fc.nat(1)),
  handovers: fc.array(
    fc.record({
      ledger: fc.constantFrom('alice' as const, 'bob' as const),
      atMs: time(10_000),
      forMs: time(5_000),
      to: fc.nat(1),
    }),
    { maxLength: 8 },
  ),
  cuts: fc.array(fc.record({ atMs: time(10_000), forMs: time(5_000) }), { maxLength: 6 }),
  payments: fc.array(
    fc.record({
      atMs: time(2_000),
      fulfilledAfterMs: fc.option(time(HOLD_MS - WINDOW_MS - STEP_MS), { nil: undefined, freq: 5 }),
      repeatsAfterMs: time(6_000),
      timesOutAfterMs: fc.option(time(4_000), { nil: undefined }),
    }),
    { minLength: 1, maxLength: 3 },
  ),
});

/** Owners that die and are replaced, a bus that goes away, and gateways that repeat what they heard. */
class World {
  readonly log = new SimulatedLog();
  losses = 0;
  private passedMs = 0;
  private readonly owners: SimulatedOwner[];
  private readonly ownerOf = new Map<string, number>();
  private flying: HotMessage[] = [];
  private readonly fulfilled = new Set<number>();
  private readonly questions = new Map<number, Question>();
  private reference = 0;

  constructor(private readonly story: Story) {
    this.owners = [0, 1].map((owner) => {
      return new SimulatedOwner({
        log: this.log,
        firstReference: (owner + 1) * 1_000_003,
        finalTransfersCached: 50,
        moment: () => this.passedMs,
        isConnected: () => !this.isCut(),
      });
    });
  }

  private get nowMs(): number {
    return NOON_MS + this.passedMs;
  }

  async play(): Promise<void> {
    const { payer, payee, owners } = this.story;
    const alice = { limits: unlimited, prefix: 'test.alice.', authority: payer };
    const bob = { limits: unlimited, prefix: 'test.bob.', authority: payee };
    this.log.begin('alice', ledgerOpened(alice), NOON_MS);
    this.log.begin('bob', ledgerOpened(bob), NOON_MS);
    await this.take('alice', owners[0]);
    await this.take('bob', owners[1]);
    this.passedMs = BEGIN_MS;
    for (; this.passedMs < BEGIN_MS + STORY_MS; this.passedMs += STEP_MS) await this.step();
    for (; this.passedMs < END_MS; this.passedMs += REPEATED_AFTER_MS / 2) await this.step();
  }

  statusOf(id: string, transferId: TransferId): string | undefined {
    return this.log.network.find(ledgerId(id))?.transfers.get(transferId)?.status;
  }

  /** Has bob fulfilled it where his word counts, whether or not anybody heard? */
  isPaidByItsWord(index: number): boolean {
    const { payee } = this.story;
    return (payee === 'shadow' || payee === 'validated') && this.fulfilled.has(index);
  }

  hasOpen(): boolean {
    return this.log.network.all().some(({ transfers }) => [...transfers.values()].some(isOpen));
  }

  isCut(): boolean {
    return this.story.cuts.some((cut) => this.isWithin(cut));
  }

  private isWithin({ atMs, forMs }: { readonly atMs: number; readonly forMs: number }): boolean {
    return this.passedMs >= BEGIN_MS + atMs && this.passedMs < BEGIN_MS + atMs + forMs;
  }

  private isNow(atMs: number): boolean {
    return this.passedMs === BEGIN_MS + atMs;
  }

  private async step(): Promise<void> {
    await this.handOver();
    for (const [index, payment] of this.story.payments.entries()) this.live(payment, index);
    for (const question of this.questions.values()) {
      if (this.passedMs - question.saidAtMs >= REPEATED_AFTER_MS) this.say(question);
    }
    await this.flow();
    for (const owner of this.owners) {
      if (owner.isExpiryDue(this.nowMs)) await this.run(owner, { kind: 'expire-due' });
      if (this.passedMs % 500 === 0) await this.run(owner, { kind: 'redeliver' });
    }
    await this.flow();
  }

  private async handOver(): Promise<void> {
    for (const { ledger, atMs } of this.story.handovers) {
      const owner = this.ownerOf.get(ledger);
      if (!this.isNow(atMs) || owner === undefined) continue;
      this.ownerOf.delete(ledger);
      this.owners[owner]?.letGo(ledger);
    }
    for (const ledger of ['alice', 'bob']) {
      const left = this.story.handovers.filter((each) => each.ledger === ledger);
      if (this.ownerOf.has(ledger) || left.some((each) => this.isWithin(each))) continue;
      const last = left.filter(({ atMs }) => this.passedMs >= BEGIN_MS + atMs).at(-1);
      await this.take(ledger, last?.to ?? 0);
    }
  }

  private async take(id: string, to: number): Promise<void> {
    const owner = this.owners[to];
    if (owner === undefined) throw new RangeError(`no owner ${to}`);
    this.ownerOf.set(id, to);
    await this.run(owner, await owner.takeOn([id]));
  }

  private live(payment: Payment, index: number): void {
    const { atMs, fulfilledAfterMs, repeatsAfterMs, timesOutAfterMs } = payment;
    if (this.isNow(atMs)) this.pay(index);
    if (fulfilledAfterMs !== undefined) {
      const isFirst = this.isNow(atMs + fulfilledAfterMs);
      if (isFirst && this.statusOf('bob', outgoingOf(index)) !== undefined)
        this.fulfilled.add(index);
      const isAgain = this.isNow(atMs + fulfilledAfterMs + repeatsAfterMs);
      if ((isFirst || isAgain) && this.fulfilled.has(index)) this.fulfill(index);
    }
    if (timesOutAfterMs !== undefined && this.isNow(atMs + HOLD_MS + timesOutAfterMs)) {
      this.timeOut(index);
    }
  }

  private pay(index: number): void {
    const expiresAtMs = this.nowMs + HOLD_MS;
    this.ask({
      kind: 'planned-payment',
      replyTo: this.replyTo(),
      ledgerId: 'alice',
      transferId: incomingOf(index),
      amount: 100n,
      condition: aPreimage(index).condition,
      expiresAtMs,
      receivedAtMs: this.nowMs,
      packet: anIlpPayment(),
      sideDataDigest: null,
      plan: {
        kind: 'forward',
        ledgerId: 'bob',
        transferId: outgoingOf(index),
        amount: 99n,
        expiresAtMs: expiresAtMs - WINDOW_MS,
      },
    });
  }

  private fulfill(index: number): void {
    const message: PeerFulfilled = {
      kind: 'peer-fulfilled',
      replyTo: this.replyTo(),
      ledgerId: 'bob',
      transferId: outgoingOf(index),
      fulfillment: aPreimage(index).fulfillment,
      data: null,
      receivedAtMs: this.nowMs,
    };
    this.ask(message);
  }

  private timeOut(index: number): void {
    const triggeredBy = 'test.alice.client';
    const timedOut = ilpError({ code: 'R00', triggeredBy, triggeredAtMs: this.nowMs, data: '' });
    const message: PeerRejected = {
      kind: 'peer-rejected',
      replyTo: this.replyTo(),
      ledgerId: 'alice',
      transferId: incomingOf(index),
      reason: encodeIlp(timedOut),
      receivedAtMs: this.nowMs,
    };
    this.ask(message);
  }

  private ask(message: Question['message']): void {
    const question = { message, saidAtMs: this.passedMs };
    this.questions.set(message.replyTo.reference, question);
    this.say(question);
  }

  private say(question: Question): void {
    question.saidAtMs = this.passedMs;
    this.flying.push(question.message);
  }

  private replyTo(): { gatewayId: string; reference: number } {
    this.reference += 1;
    return { gatewayId: 'gateway', reference: this.reference };
  }

  private async flow(): Promise<void> {
    for (let round = 0; this.flying.length > 0 && round < 30; round += 1) {
      const { flying } = this;
      this.flying = [];
      if (this.isCut()) return;
      for (const message of flying) await this.arrive(message);
    }
  }

  private async arrive(message: HotMessage): Promise<void> {
    if (message.kind === 'answer') this.questions.delete(message.reference);
    if (message.kind === 'deliver-prepare') this.confirm(message, 'prepare');
    if (message.kind === 'deliver-fulfill') this.confirm(message, 'fulfill');
    if (message.kind === 'deliver-reject') this.confirm(message, 'reject');
    if (!isForOwner(message)) return;
    const owner = this.owners[this.ownerOf.get(message.ledgerId) ?? -1];
    if (owner !== undefined) await this.run(owner, message);
  }

  private confirm(
    { ledgerId: id, transferId }: { readonly ledgerId: string; readonly transferId: string },
    what: 'prepare' | 'fulfill' | 'reject',
  ): void {
    this.flying.push({ kind: 'delivered', ledgerId: id, transferId, what });
  }

  private async run(
    owner: SimulatedOwner,
    command: Parameters<SimulatedOwner['decide']>[0][number],
  ): Promise<void> {
    const { events, losses, messages } = await owner.decide([command], this.nowMs);
    this.log.append(events);
    this.losses += losses.length;
    this.flying.push(...messages);
  }
}

const incomingOf = (index: number): TransferId => aTransferId(1 + index);
const outgoingOf = (index: number): TransferId => aTransferId(0x1000 + index);

test('whoever serves the ledgers meanwhile: what is fulfilled in time is collected', async () => {
  const seen = { paid: 0, unpaid: 0 };
  await fc.assert(
    fc.asyncProperty(aStory, async (story) => {
      const world = new World(story);
      await world.play();
      expect(world.log.network.faults).toEqual([]);
      expect(world.losses).toBe(0);
      expect(world.hasOpen()).toBe(false);
      for (const index of story.payments.keys()) {
        const isPaid = world.statusOf('bob', outgoingOf(index)) === 'fulfilled';
        expect(world.statusOf('alice', incomingOf(index)) === 'fulfilled').toBe(isPaid);
        if (world.isPaidByItsWord(index)) expect(isPaid).toBe(true);
        seen[isPaid ? 'paid' : 'unpaid'] += 1;
      }
    }),
    { numRuns: 200 },
  );
  expect(Math.min(seen.paid, seen.unpaid)).toBeGreaterThan(10);
});
