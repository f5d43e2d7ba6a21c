import type { HotMessage } from '#contracts';
import { isOpen, ledgerId, transferId } from '#domain/ledger';
import { ledgerOpened, NOON_MS, aTransferId } from '#testing';
import type { LoopCommand } from '../../apps/ledger/src/loop-command';
import { type Batch, isForOwner, SimulatedOwner } from './simulated-owner';
import { FencedError, SimulatedLog } from './simulated-log';
import { peerFaults } from './peer-faults';
import { SimulatedPeer } from './simulated-peer';
import { GATEWAYS } from './simulated-sessions';
import type { SimulatedLedger, Step } from './simulated-story';

const OWNERS = 2;
const NAMES = ['alice', 'bob', 'carol'];
/** Long enough for everything that is open to end, and for every repetition to come round. */
const AFTERMATH_STEPS = 60;
const AFTERMATH_STEP_MS = 4_000;
const ROUNDS_MAX = 200;

/**
 * Ledger processes, their peers, and between them a network that loses, doubles and overtakes.
 * Whatever breaks a law is written down in `faults`.
 */
export class SimulatedWorld {
  readonly log = new SimulatedLog();
  readonly faults: string[] = [];
  readonly sent = new Map<string, number>();
  private nowMs = NOON_MS;
  /** Time that has passed, whatever clocks say. */
  private passedMs = 0;
  private readonly skewsMs = [0, 0];
  private readonly peers: SimulatedPeer[];
  private readonly owners: SimulatedOwner[];
  private readonly ownerOf = new Map<string, number>();
  private readonly doomed = new Map<number, 'before-commit' | 'after-commit'>();
  private flying: HotMessage[] = [];
  /** What owners have told each other, the latest last. */
  private readonly told: HotMessage[] = [];
  private isCut = false;
  private payments = 0;
  private incarnations = 0;

  private constructor(private readonly ledgers: readonly SimulatedLedger[]) {
    this.owners = Array.from({ length: OWNERS }, () => this.newOwner());
    this.peers = ledgers.map(({ authority, skewMs }, index) => {
      return new SimulatedPeer({
        ledgerId: nameOf(index),
        authority,
        send: (message) => this.flying.push(message),
        clock: () => this.nowMs + skewMs,
        gatewayClock: () => this.nowMs,
        firstReference: index * 1_000_000,
      });
    });
  }

  static async of(ledgers: readonly SimulatedLedger[]): Promise<SimulatedWorld> {
    const world = new SimulatedWorld(ledgers);
    for (const [index, { authority, limits, owner }] of ledgers.entries()) {
      const id = nameOf(index);
      const unlimited = { maxBalance: null, minBalance: null };
      const opened = ledgerOpened({
        prefix: `test.${id}.`,
        authority,
        limits: authority === 'admin' ? limits : unlimited,
      });
      await world.open(id, opened, owner);
    }
    return world;
  }

  async step(step: Step): Promise<void> {
    switch (step.kind) {
      case 'pay':
        this.pay(step);
        return;
      case 'settle':
        this.peerOf(step.ledger).settle(step.which, step.wants);
        return;
      case 'flow':
        await this.flow(step);
        return;
      case 'cut':
        this.isCut = step.isCut;
        return;
      case 'ghost':
        await this.haunt(step.which);
        return;
      case 'crash':
        await this.crash(step.owner);
        return;
      case 'doom':
        this.doomed.set(step.owner, step.when);
        return;
      case 'move':
        await this.move(nameOf(step.ledger % this.ledgers.length), step.owner);
        return;
      case 'clock':
        this.nowMs += step.byMs;
        this.passedMs += Math.abs(step.byMs);
        return;
      case 'skew':
        this.skewsMs[step.owner] = (this.skewsMs[step.owner] ?? 0) + step.byMs;
        return;
      case 'tick':
        await this.tick(step.owner);
        return;
      case 'peer':
        this.peerOf(step.ledger).tick();
        return;
      case 'session':
        this.peerOf(step.ledger).openSession();
        return;
      case 'deafen':
        this.peerOf(step.ledger).sessions.deafen(step.gateway, step.isDeaf);
    }
  }

  /** Everybody lives, nothing is lost any more, time passes: then everything has to come together. */
  async settleDown(): Promise<void> {
    this.doomed.clear();
    this.isCut = false;
    this.skewsMs.fill(0);
    for (const peer of this.peers) {
      for (let gateway = 0; gateway < GATEWAYS; gateway += 1) peer.sessions.deafen(gateway, false);
      peer.openSession();
    }
    for (let n = 0; n < AFTERMATH_STEPS; n += 1) {
      await this.drain();
      this.nowMs += AFTERMATH_STEP_MS;
      this.passedMs += AFTERMATH_STEP_MS;
      for (let owner = 0; owner < OWNERS; owner += 1) await this.tick(owner);
      for (const peer of this.peers) peer.tick();
    }
    await this.drain();
    this.auditEnd();
  }

  /** What anybody has found to be wrong. */
  allFaults(): string[] {
    const found = [...this.log.network.faults, ...this.faults];
    return [...found, ...this.peers.flatMap(({ faults }) => faults)];
  }

  private newOwner(): SimulatedOwner {
    this.incarnations += 1;
    // Few, so that much is forgotten; but where both decide, a forgotten Fulfill ends in a dispute.
    const isDisputable = this.ledgers.some(({ authority }) => authority === 'symmetric');
    return new SimulatedOwner({
      log: this.log,
      firstReference: this.incarnations * 1_000_003,
      finalTransfersCached: isDisputable ? 50 : 1,
      moment: () => this.passedMs,
    });
  }

  private async open(id: string, opened: ReturnType<typeof ledgerOpened>, owner: number) {
    this.log.begin(id, opened, this.nowMs);
    this.ownerOf.set(id, owner);
    await this.run(owner, await this.ownerAt(owner).takeOn([id]));
  }

  private pay(step: Step & { readonly kind: 'pay' }): void {
    const count = this.ledgers.length;
    const from = step.from % count;
    const to = (from + 1 + (step.to % (count - 1))) % count;
    this.payments += 1;
    const number = this.payments;
    const expiresAtMs = this.nowMs + step.holdMs;
    this.peerOf(from).offer({
      transferId: aTransferId(number),
      amount: BigInt(step.amount),
      payment: number,
      expiresAtMs,
      plan: {
        kind: 'forward',
        ledgerId: nameOf(to),
        transferId: aTransferId(0x1000 + number),
        amount: BigInt(step.forwarded),
        expiresAtMs: expiresAtMs - 1_000,
      },
    });
  }

  private async flow({ rounds, fates }: Step & { readonly kind: 'flow' }): Promise<void> {
    let turn = 0;
    for (let round = 0; round < rounds; round += 1) {
      const { flying } = this;
      this.flying = [];
      for (const message of flying) {
        const fate = fates[turn++ % fates.length] ?? 'once';
        if (fate === 'late' || fate === 'twice') this.flying.push(message);
        if (fate === 'once' || fate === 'twice') await this.arrive(message);
      }
    }
  }

  private async haunt(which: number): Promise<void> {
    const message = this.told[which % Math.max(1, this.told.length)];
    if (message !== undefined) await this.arrive(message);
  }

  /** Everything that is on its way arrives, and whatever that brings about. */
  private async drain(): Promise<void> {
    for (let round = 0; this.flying.length > 0 && round < ROUNDS_MAX; round += 1) {
      const { flying } = this;
      this.flying = [];
      for (const message of flying) await this.arrive(message);
    }
    if (this.flying.length > 0) this.faults.push('they never stop talking');
  }

  private async arrive(message: HotMessage): Promise<void> {
    if (isForOwner(message)) {
      await this.run(this.ownerOf.get(message.ledgerId) ?? 0, message);
      return;
    }
    const peer = this.peers.find(({ ledgerId: id }) => id === addresseeOf(message));
    switch (message.kind) {
      case 'deliver-prepare':
        peer?.hearPrepare(message);
        return;
      case 'deliver-fulfill':
        peer?.hearFulfill(message);
        return;
      case 'deliver-reject':
        peer?.hearReject(message);
        return;
      case 'session-current':
        peer?.sessions.hear(message);
        return;
      case 'answer':
        for (const each of this.peers) each.hearAnswer(message);
        return;
      default:
        this.faults.push(`nobody hears a ${message.kind}`);
    }
  }

  /** One batch of an owner: decided, committed, told. It may die between any two of these. */
  private async run(owner: number, ...commands: LoopCommand[]): Promise<void> {
    const batch = await this.ownerAt(owner).decide(
      commands,
      this.nowMs + (this.skewsMs[owner] ?? 0),
    );
    const doom = this.doomed.get(owner);
    this.doomed.delete(owner);
    if (doom !== 'before-commit') this.commit(batch);
    if (doom === undefined) this.tell(batch);
    else await this.crash(owner);
  }

  /** A loss is one from the commit on, whether or not its owner lives to tell. */
  private commit({ events, losses }: Batch): void {
    for (const loss of losses) {
      const { amount } = loss;
      const lost = {
        ledgerId: ledgerId(loss.ledgerId),
        transferId: transferId(loss.transferId),
        amount,
      };
      this.log.network.losses.push(lost);
    }
    try {
      this.log.append(events);
    } catch (error) {
      if (!(error instanceof FencedError)) throw error;
      this.faults.push(`two owners: ${error.message}`);
    }
    this.log.network.audit({ refusal: undefined, deliveries: [], errands: [] });
  }

  private tell({ messages }: Batch): void {
    for (const message of messages) {
      this.sent.set(message.kind, (this.sent.get(message.kind) ?? 0) + 1);
      this.auditMessage(message);
      const isErrand = isBetweenOwners(message);
      if (isErrand) this.told.push(message);
      if (!isErrand || !this.isCut) this.flying.push(message);
    }
  }

  private async crash(owner: number): Promise<void> {
    const ids = [...this.ownerOf].flatMap(([id, at]) => (at === owner ? [id] : []));
    this.owners[owner] = this.newOwner();
    await this.run(owner, await this.ownerAt(owner).takeOn(ids));
  }

  private async move(id: string, to: number): Promise<void> {
    const from = this.ownerOf.get(id) ?? 0;
    if (from === to) return;
    this.ownerAt(from).letGo(id);
    this.ownerOf.set(id, to);
    await this.run(to, await this.ownerAt(to).takeOn([id]));
  }

  private async tick(owner: number): Promise<void> {
    const nowMs = this.nowMs + (this.skewsMs[owner] ?? 0);
    if (this.ownerAt(owner).isExpiryDue(nowMs)) await this.run(owner, { kind: 'expire-due' });
    await this.run(owner, { kind: 'redeliver' });
  }

  /** What is told has to be so, and nobody may be sent what its payer has got back. */
  private auditMessage(message: HotMessage): void {
    const { network } = this.log;
    if (message.kind !== 'deliver-prepare' && message.kind !== 'deliver-fulfill') return;
    const transfer = network
      .find(ledgerId(message.ledgerId))
      ?.transfers.get(transferId(message.transferId));
    if (transfer === undefined) this.faults.push(`${message.transferId} is told and not logged`);
    const cause = transfer?.cause;
    const incoming = cause && network.find(cause.ledgerId)?.transfers.get(cause.transferId);
    if (message.kind === 'deliver-prepare' && incoming?.status === 'rejected') {
      if (transfer !== undefined && isOpen(transfer)) {
        this.faults.push(`${message.transferId} is sent, and its payer has been rejected`);
      }
    }
  }

  private auditEnd(): void {
    const { network } = this.log;
    network.auditSettled();
    for (const [index, owner] of this.owners.entries()) {
      this.faults.push(...owner.faults());
      if (owner.errands.size > 0) this.faults.push(`owner ${index} has errands left`);
      if (owner.deliveries.size > 0) this.faults.push(`owner ${index} has deliveries left`);
    }
    for (const [index, peer] of this.peers.entries()) {
      const ledger = network.find(ledgerId(nameOf(index)));
      if (ledger !== undefined) this.faults.push(...peerFaults(ledger, peer));
      this.faults.push(...peer.sessions.faults());
    }
    const isOurs = this.ledgers.every(
      ({ authority }) => authority === 'admin' || authority === 'symmetric',
    );
    if (isOurs && network.losses.length > 0) this.faults.push('money was lost');
  }

  private ownerAt(index: number): SimulatedOwner {
    const owner = this.owners[index];
    if (owner === undefined) throw new RangeError(`no owner ${index}`);
    return owner;
  }

  private peerOf(index: number): SimulatedPeer {
    const peer = this.peers[index % this.peers.length];
    if (peer === undefined) throw new RangeError(`no peer ${index}`);
    return peer;
  }
}

function nameOf(index: number): string {
  return NAMES[index] ?? 'dave';
}

function isBetweenOwners({ kind }: HotMessage): boolean {
  return kind === 'forward-payment' || kind === 'leg-report' || kind === 'leg-answer';
}

/** The ledger whose peer, or whose peer's gateway, is meant. */
function addresseeOf(message: HotMessage): string | undefined {
  return 'ledgerId' in message ? message.ledgerId : undefined;
}
