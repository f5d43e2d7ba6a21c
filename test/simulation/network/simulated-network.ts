import type { OutgoingUpdate } from '#domain/routing';
import { broadcastEntry, type ProtocolData } from '#protocol';
import { Dice } from '../../fuzz/dice';
import { EventQueue } from './event-queue';
import { NetworkLog, Violation } from './network-log';
import type { LinkPlan, NetworkPlan } from './network-plan';
import {
  type Attachment,
  INTERVAL_MS,
  linkLedger,
  nameOf,
  SimulatedConnector,
} from './simulated-connector';
import type { Edge } from './topologies';

const START_MS = 1_000_000;
const SWEEP_MS = 1_000;
/** Until an update counts as unanswered. */
export const TIME_OUT_MS = 5_000;

/** A session of two neighbours, and how it fares. */
interface Line {
  readonly link: LinkPlan;
  /** Counts sessions; what belongs to another one is void. */
  session: number;
  isUp: boolean;
  /** Nothing arrives any more, and nobody has noticed. */
  isSilent: boolean;
  /** Until then what this end tells is lost. */
  lossy: { readonly connector: number; readonly untilMs: number } | undefined;
  /** Until then the answers of this end come too late. */
  stalled: { readonly connector: number; readonly untilMs: number } | undefined;
  /** When the latest message arrives, in either direction: none overtakes another. */
  readonly lastArrivalMs: [number, number];
}

/** What one end has sent over the link. */
interface Rhythm {
  roundAtMs: number;
  /** The first of a session, and another dialect after a refusal, need not wait. */
  mayBeEarly: boolean;
}

/** Connectors, the links between them, and one clock; every message goes over as bytes. */
export class SimulatedNetwork {
  readonly queue = new EventQueue(START_MS);
  readonly log = new NetworkLog(() => this.queue.nowMs - START_MS);
  readonly connectors: readonly SimulatedConnector[];
  readonly lines: readonly Line[];
  private readonly rhythms = new Map<Attachment, Rhythm>();
  private readonly dice: Dice;
  /** When routes were last told or withdrawn anywhere. */
  lastNewsAtMs = START_MS;
  updates = 0;

  constructor(readonly plan: NetworkPlan) {
    this.dice = new Dice(plan.seed ^ 0x7ea5e);
    this.connectors = plan.connectors.map(
      (each) =>
        new SimulatedConnector(
          each,
          plan.links.filter(({ sides }) => sides.some((side) => side.connector === each.index)),
          plan.points,
        ),
    );
    this.lines = plan.links.map((link) => ({
      link,
      session: 0,
      isUp: false,
      isSilent: false,
      lossy: undefined,
      stalled: undefined,
      lastArrivalMs: [0, 0],
    }));
    for (const connector of this.connectors) {
      this.queue.at(START_MS + connector.plan.phaseMs, () => {
        this.sweep(connector);
      });
    }
  }

  get nowMs(): number {
    return this.queue.nowMs;
  }

  /** The neighbour at the other end of a link. */
  other(connector: number, link: number): number {
    const [one, other] = this.plan.links[link]!.sides;
    return one.connector === connector ? other.connector : one.connector;
  }

  attachment(connector: number, link: number): Attachment {
    return this.connectors[connector]!.attachments.get(link)!;
  }

  /** Ways that payments can take, from whom to whom: to whoever has told what it leads to. */
  openWays(): Edge[] {
    return this.lines.flatMap(({ link, isUp, isSilent }) => {
      if (!isUp || isSilent) return [];
      const [one, other] = link.sides.map(({ connector }) => connector) as [number, number];
      const isOpen = ([from, to]: Edge): boolean =>
        this.attachment(from, link.index).maxOut !== 0n && !this.attachment(to, link.index).isMute;
      return (
        [
          [one, other],
          [other, one],
        ] as const
      ).filter(isOpen);
    });
  }

  /** Does the other end of the link tell anything, and does that arrive? */
  isHeard({ link, peer, isConnected }: Attachment): boolean {
    const { isMute } = this.attachment(peer.connector, link.index);
    return isConnected && !isMute && !this.lines[link.index]!.isSilent;
  }

  /** Begins a session; one that is there ends before. */
  connect(link: number): void {
    const line = this.lines[link]!;
    if (line.isUp) this.disconnect(link);
    Object.assign(line, { isUp: true, isSilent: false, session: line.session + 1 });
    line.lastArrivalMs.fill(0);
    this.log.mark(`link ${link} is up (${this.ends(line).map(nameOf).join('-')})`);
    for (const connector of this.ends(line)) {
      const attachment = this.attachment(connector, link);
      attachment.isConnected = true;
      attachment.isMute = false;
      this.connectors[connector]!.adopt();
      attachment.broadcasts.connected(`${link}/${line.session}`, attachment.peer.lists);
      this.rhythm(attachment).mayBeEarly = true;
    }
  }

  /** Ends the session, and both ends notice. */
  disconnect(link: number): void {
    const line = this.lines[link]!;
    if (!line.isUp) return;
    Object.assign(line, { isUp: false, isSilent: false, session: line.session + 1 });
    this.log.mark(`link ${link} is down (${this.ends(line).map(nameOf).join('-')})`);
    for (const connector of this.ends(line)) {
      const attachment = this.attachment(connector, link);
      attachment.isConnected = false;
      const { invalidatesLearntRoutes } = attachment.broadcasts.disconnected();
      if (invalidatesLearntRoutes) this.forget(attachment);
      this.connectors[connector]!.adopt();
    }
  }

  /** Nothing arrives any more on the link, and nobody is told. */
  silence(link: number): void {
    const line = this.lines[link]!;
    if (!line.isUp) return;
    line.isSilent = true;
    this.log.mark(`link ${link} is silent (${this.ends(line).map(nameOf).join('-')})`);
  }

  /** What one end tells is lost for so long. */
  lose(connector: number, link: number, forMs: number): void {
    this.lines[link]!.lossy = { connector, untilMs: this.nowMs + forMs };
    this.log.mark(`what ${nameOf(connector)} tells link ${link} is lost for ${forMs / 1000}s`);
  }

  /** One end tells nothing any more. It answers, and pays, as ever. */
  mute(connector: number, link: number): void {
    this.attachment(connector, link).isMute = true;
    this.log.mark(`${nameOf(connector)} falls mute on link ${link}`);
  }

  /** The answers of one end come later than the other one waits for them. */
  stall(connector: number, link: number, forMs: number): void {
    this.lines[link]!.stalled = { connector, untilMs: this.nowMs + forMs };
    this.log.mark(`${nameOf(connector)} answers late on link ${link} for ${forMs / 1000}s`);
  }

  /** The connector can pay out so much over the link from now on. */
  limit(connector: number, link: number, maxOut: bigint | undefined): void {
    this.log.mark(`${nameOf(connector)} can pay ${maxOut ?? 'any amount'} over link ${link}`);
    this.attachment(connector, link).maxOut = maxOut;
    this.connectors[connector]!.adopt();
    const other = this.other(connector, link);
    this.attachment(other, link).maxIn = maxOut;
    this.connectors[other]!.adopt();
  }

  /** The connector dies, loses what it learnt, and comes back with new sessions. */
  restart(connector: number): void {
    this.log.mark(`${nameOf(connector)} restarts`);
    const links = [...this.connectors[connector]!.attachments.keys()];
    const wasUp = links.filter((link) => this.lines[link]!.isUp);
    for (const link of wasUp) this.disconnect(link);
    this.connectors[connector]!.restart();
    for (const link of wasUp) this.connect(link);
  }

  private ends({ link }: Line): number[] {
    return link.sides.map(({ connector }) => connector);
  }

  private rhythm(attachment: Attachment): Rhythm {
    let rhythm = this.rhythms.get(attachment);
    if (rhythm === undefined) {
      rhythm = { roundAtMs: -Infinity, mayBeEarly: true };
      this.rhythms.set(attachment, rhythm);
    }
    return rhythm;
  }

  /** As routers do: what is forgotten is asked for again. */
  private forget({ link, own, heard, broadcasts }: Attachment): void {
    heard.clear();
    this.connectors[own.connector]!.tables.forgetPeer(linkLedger(link.index));
    broadcasts.askForFullTable();
    this.log.write(`${nameOf(own.connector)} forgets what it heard over link ${link.index}`);
  }

  private sweep(connector: SimulatedConnector): void {
    const expired = connector.tables.expire(this.nowMs);
    if (expired > 0)
      this.log.write(`${nameOf(connector.plan.index)} lets ${expired} routes expire`);
    for (const attachment of connector.attachments.values()) {
      if (!attachment.isConnected || attachment.isMute) continue;
      const source = connector.exportSource(attachment, this.nowMs);
      const sent = attachment.broadcasts.tick(this.nowMs, source);
      if (sent === undefined) continue;
      this.keepRhythm(attachment);
      this.send(attachment, sent);
    }
    this.queue.after(SWEEP_MS, () => {
      this.sweep(connector);
    });
  }

  private keepRhythm(attachment: Attachment): void {
    const rhythm = this.rhythm(attachment);
    const sinceMs = this.nowMs - rhythm.roundAtMs;
    if (!rhythm.mayBeEarly && sinceMs < INTERVAL_MS) {
      const { own, link } = attachment;
      const message = `${nameOf(own.connector)} broadcasts over link ${link.index} after ${sinceMs} ms`;
      throw new Violation('one-update-per-interval', message);
    }
    Object.assign(rhythm, { roundAtMs: this.nowMs, mayBeEarly: false });
  }

  private send(attachment: Attachment, sent: OutgoingUpdate): void {
    const { link, own } = attachment;
    const line = this.lines[link.index]!;
    const { session } = line;
    const entry = broadcastEntry(sent.update, sent.form, 'custom');
    const { newRoutes, unreachable } = sent.update;
    this.updates += 1;
    this.log.write(
      `${nameOf(own.connector)} tells link ${link.index} in ${sent.form.dialect}: ` +
        `${newRoutes.length} routes, ${unreachable.length} withdrawn, ${entry.data.length} bytes`,
    );
    const isVoid = (): boolean => line.session !== session || line.isSilent;
    const isLost = line.lossy?.connector === own.connector && this.nowMs < line.lossy.untilMs;
    this.carry(attachment, () => {
      if (isVoid() || isLost) return;
      this.arrive(attachment, entry, (isAccepted) => {
        if (!isVoid()) this.answer(attachment, sent.number, isAccepted);
      });
    });
    this.queue.after(TIME_OUT_MS, () => {
      if (line.session === session) this.fail(attachment, sent.number, 'timed-out');
    });
  }

  /** To the other end of the link, after all that went before. */
  private carry({ link, own }: Attachment, arrive: () => void): void {
    const line = this.lines[link.index]!;
    const side = link.sides[0] === own ? 0 : 1;
    const soonest = this.nowMs + 1 + this.dice.roll(link.delayMs);
    line.lastArrivalMs[side] = Math.max(line.lastArrivalMs[side], soonest);
    this.queue.at(line.lastArrivalMs[side], arrive);
  }

  private arrive(
    from: Attachment,
    entry: ProtocolData,
    answer: (isAccepted: boolean) => void,
  ): void {
    const { link, peer } = from;
    const there = this.attachment(peer.connector, link.index);
    const heard = this.connectors[peer.connector]!.hear(there, entry, this.nowMs);
    const isNews = heard !== 'refused' && heard.used.length + heard.unreachable.length > 0;
    if (isNews) this.lastNewsAtMs = this.nowMs;
    const reply = (): void => {
      this.carry(there, () => {
        answer(heard !== 'refused');
      });
    };
    const { stalled } = this.lines[link.index]!;
    const isLate = stalled?.connector === peer.connector && stalled.untilMs > this.nowMs;
    if (isLate) this.queue.after(TIME_OUT_MS + 1, reply);
    else reply();
  }

  private answer(attachment: Attachment, number: number, isAccepted: boolean): void {
    if (!isAccepted) {
      this.fail(attachment, number, 'refused');
      return;
    }
    const next = attachment.broadcasts.acknowledged(number);
    if (next !== undefined) this.send(attachment, next);
  }

  private fail(attachment: Attachment, number: number, failure: 'refused' | 'timed-out'): void {
    const { broadcasts, own, link } = attachment;
    const { memory } = broadcasts;
    const aftermath = broadcasts.failed(number, failure);
    if (broadcasts.memory.isOwedAtOnce && !memory.isOwedAtOnce) {
      this.rhythm(attachment).mayBeEarly = true;
    }
    if (!aftermath.invalidatesLearntRoutes && failure === 'timed-out') return;
    this.log.write(`${nameOf(own.connector)} failed over link ${link.index}: ${failure}`);
    if (aftermath.invalidatesLearntRoutes) this.forget(attachment);
  }
}
