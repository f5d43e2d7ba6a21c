import { Dice } from '../../fuzz/dice';
import { checkExpiry, checkSizes, checkUnreachable, checkWays } from './network-checks';
import { Violation } from './network-log';
import { drawNetwork, type NetworkPlan, type PlanWishes, type SidePlan } from './network-plan';
import { drawWalk } from './payment-walk';
import {
  checkCurves,
  checkPayments,
  hasRoute,
  isDelivered,
  type Pair,
  payablePairs,
  reachablePairs,
  reaches,
} from './promises';
import { HOLD_DOWN_MS, INTERVAL_MS, nameOf } from './simulated-connector';
import { SimulatedNetwork } from './simulated-network';
import { farthestIn } from './topologies';

/** What is done to a network before it is left alone again. */
export type Change =
  'start' | 'cut' | 'silence' | 'mute' | 'drain' | 'restart' | 'stall' | 'loss' | 'flap' | 'return';

const CHANGES: readonly Change[] = [
  'cut',
  'silence',
  'mute',
  'drain',
  'restart',
  'flap',
  // In these routes are forgotten that only v21 can ask for.
  'stall',
  'loss',
];

/** How long it took until everybody could pay whomever there was a way to. */
export interface Convergence {
  readonly change: Change;
  readonly ms: number;
  /** Until nobody had any more news; not known where paths are not told. */
  readonly quietMs: number | undefined;
}

export interface StoryReport {
  readonly plan: NetworkPlan;
  readonly digest: string;
  readonly steps: number;
  readonly convergences: readonly Convergence[];
  readonly payments: number;
  readonly curves: number;
  readonly updates: number;
  /** Payments made while routes were changing, and how many of them met a connector again. */
  readonly during: number;
  readonly returned: number;
}

/** A rule was broken, or something threw; with all that is needed to see it again. */
export class StoryFailure extends Error {
  override readonly name = 'StoryFailure';

  constructor(network: SimulatedNetwork, cause: unknown) {
    const what = cause instanceof Violation ? cause.message : `crash: ${String(cause)}`;
    const { seed, topology, speech } = network.plan;
    const place = `seed ${seed} (${topology}, ${speech}), step ${network.log.step}`;
    super([`${place}: ${what}`, ...network.log.trace()].join('\n  '));
    this.cause = cause;
  }
}

const PROBE_MS = 10_000;

/** One network through a few changes, held against the rules all the time. */
export class NetworkStory {
  private readonly network: SimulatedNetwork;
  private readonly dice: Dice;
  private readonly convergences: Convergence[] = [];
  private payments = 0;
  private curves = 0;
  private during = 0;
  private returned = 0;

  private constructor(seed: number, wishes: PlanWishes) {
    this.network = new SimulatedNetwork(drawNetwork(seed, wishes));
    this.dice = new Dice(seed ^ 0x57043);
  }

  /** @throws StoryFailure */
  static tell(seed: number, wishes: PlanWishes): StoryReport {
    const story = new NetworkStory(seed, wishes);
    try {
      return story.run();
    } catch (error) {
      throw new StoryFailure(story.network, error);
    }
  }

  private run(): StoryReport {
    const { network } = this;
    this.undergo('start');
    const changes = this.tellsPaths ? CHANGES : CHANGES.slice(0, -2);
    for (let more = 2; more > 0; more -= 1) this.undergo(this.dice.pick(changes));
    this.undergo('return');
    return {
      plan: network.plan,
      digest: network.log.digest,
      steps: network.log.step,
      convergences: this.convergences,
      payments: this.payments,
      curves: this.curves,
      updates: network.updates,
      during: this.during,
      returned: this.returned,
    };
  }

  private get tellsPaths(): boolean {
    return this.network.plan.speech === 'paths';
  }

  private undergo(change: Change): void {
    const { network, dice } = this;
    network.log.mark(`change: ${change}`);
    this.make(change);
    const since = network.nowMs;
    const ms = this.converge(change, since);
    const quietMs = this.tellsPaths ? this.rest(change, since) : undefined;
    this.convergences.push({ change, ms, quietMs });
    checkSizes(network);
    if (!this.tellsPaths) return;
    checkExpiry(network);
    checkUnreachable(network, reachablePairs(network));
    const pairs = payablePairs(network);
    checkWays(network, pairs);
    this.payments += checkPayments(network, pairs, dice);
    this.curves += checkCurves(network, dice);
  }

  private make(change: Change): void {
    const { network, dice } = this;
    const links = network.lines.map(({ link }) => link.index);
    const link = dice.roll(links.length);
    switch (change) {
      case 'start':
        for (const each of links) {
          network.queue.after(dice.roll(20_000), () => {
            network.connect(each);
          });
        }
        network.queue.runUntil(network.nowMs + 20_000);
        return;
      case 'cut':
        network.disconnect(link);
        if (dice.once(3)) network.disconnect(dice.roll(links.length));
        return;
      case 'silence':
        network.silence(link);
        return;
      case 'mute':
        this.muteOne(link);
        return;
      case 'drain':
        network.limit(dice.pick(network.plan.links[link]!.sides).connector, link, 0n);
        return;
      case 'restart':
        network.restart(dice.roll(network.connectors.length));
        return;
      case 'stall':
        network.stall(dice.pick(network.plan.links[link]!.sides).connector, link, 40_000);
        network.queue.runUntil(network.nowMs + 50_000);
        return;
      case 'loss':
        network.lose(dice.pick(network.plan.links[link]!.sides).connector, link, 40_000);
        network.disconnect(dice.roll(links.length));
        network.queue.runUntil(network.nowMs + 40_000);
        return;
      case 'flap':
        for (let turn = 0; turn < 4; turn += 1) {
          network.disconnect(link);
          network.queue.runUntil(network.nowMs + 1 + dice.roll(20_000));
          network.connect(link);
          network.queue.runUntil(network.nowMs + 1 + dice.roll(20_000));
        }
        return;
      case 'return':
        this.makeGood();
    }
  }

  /**
   * One end falls mute. Where the other end tells no paths its routes may lead back over the one
   * that does not speak to it: whoever sees that drops them, which ends it, and all begins again. So
   * there both fall silent.
   */
  private muteOne(link: number): void {
    const { network, dice } = this;
    const { sides } = network.plan.links[link]!;
    const { connector } = dice.pick(sides);
    if (sides.some(hidesPaths)) network.silence(link);
    else network.mute(connector, link);
  }

  /** All links are there again, as they were planned. */
  private makeGood(): void {
    const { network } = this;
    for (const { link, isUp, isSilent } of network.lines) {
      for (const { connector, room } of link.sides) {
        const { maxOut } = network.attachment(connector, link.index);
        if (maxOut !== room) network.limit(connector, link.index, room);
      }
      const isMute = link.sides.some(
        ({ connector }) => network.attachment(connector, link.index).isMute,
      );
      if (!isUp || isSilent || isMute) network.connect(link.index);
    }
  }

  /** News goes one link farther in each round; what is gone without a word counts for a while. */
  private bound(change: Change): number {
    const news = farthestIn(this.network.openWays()) * INTERVAL_MS;
    if (change === 'start' || change === 'return') return news;
    return Math.max(news, HOLD_DOWN_MS + 2 * INTERVAL_MS);
  }

  /** Returns after how long everybody can pay everybody, for good. */
  private converge(change: Change, since: number): number {
    const { network } = this;
    const pairs = payablePairs(network);
    const end = since + this.bound(change);
    const isFine = (pair: Pair): boolean =>
      this.tellsPaths ? isDelivered(reaches(network, pair), pair[1]) : hasRoute(network, pair);
    let failing = firstOf(pairs, () => false);
    let convergedAt = Infinity;
    while (network.nowMs < end) {
      const suspects = convergedAt === Infinity ? pairs : this.some(pairs, 10);
      if (failing.every(isFine)) failing = firstOf(suspects, (each) => !isFine(each));
      convergedAt = failing.length > 0 ? Infinity : Math.min(convergedAt, network.nowMs);
      this.payDuring(pairs);
      network.queue.runUntil(Math.min(network.nowMs + PROBE_MS, end));
    }
    for (const pair of pairs) {
      if (isFine(pair)) continue;
      const made = reaches(network, pair);
      const [from, to] = pair.map(nameOf);
      const how = made === undefined ? 'there is no route' : drawWalk(made);
      const message = `${from} cannot pay ${to} ${(end - since) / 1000}s after ${change}: ${how}`;
      throw new Violation('convergence', message);
    }
    return Math.min(convergedAt, end) - since;
  }

  private some(pairs: readonly Pair[], number: number): Pair[] {
    return Array.from({ length: number }, () => this.dice.pick(pairs));
  }

  /**
   * Whoever has just lost a way takes another one, and tells so in the next round. Until then some
   * may lead in a circle; the time of a payment, and what each round costs, ends it (SPEC §11.11).
   */
  private payDuring(pairs: readonly Pair[]): void {
    for (const pair of this.some(pairs, 5)) {
      const made = reaches(this.network, pair);
      if (made === undefined) continue;
      this.during += 1;
      if (made.returned) this.returned += 1;
    }
  }

  /**
   * Until nobody has had news for two rounds; returns after how long that was. What cannot be reached
   * any more is looked for along every way there was before it is given up, one link in each round.
   */
  private rest(change: Change, since: number): number {
    const { network } = this;
    const end = since + HOLD_DOWN_MS + (network.connectors.length + 2) * INTERVAL_MS;
    while (network.nowMs - network.lastNewsAtMs < 2 * INTERVAL_MS + PROBE_MS) {
      if (network.lastNewsAtMs > end) {
        throw new Violation('rest', `there is news ${(end - since) / 1000}s after ${change}`);
      }
      network.queue.runUntil(network.nowMs + PROBE_MS);
    }
    return Math.max(0, network.lastNewsAtMs - since);
  }
}

function hidesPaths({ dialect, lists }: SidePlan): boolean {
  return dialect === 'v17' || !lists.includes('v21');
}

/** One that is so, or none. */
function firstOf(pairs: readonly Pair[], isSo: (pair: Pair) => boolean): readonly Pair[] {
  const found = pairs.find(isSo);
  return found === undefined ? [] : [found];
}
