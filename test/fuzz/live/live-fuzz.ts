import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { BTP_1_0, btpAlpha } from '../../../apps/btp-gateway/src/sessions/btp-dialect';
import type { RunningProcess } from '../../../apps/causeway/src/supervisor/run-files';
import { RunningConnector } from '../../support/running-connector';
import { makeCorpus, type Corpus } from '../corpus';
import { Dice } from '../dice';
import { Tally } from '../tally';
import { DESTINATIONS, fuzzingPeers, peerConfiguration, QUIET_LIMIT } from './cast';
import type { FuzzingPeer, PeerGroup } from './cast';
import { isVoid } from './frame-class';
import { FrameSource } from './frame-source';
import { judgeLog, MemoryWatch } from './gateway-watch';
import { HonestPayments } from './honest-payments';
import { KnownPeer } from './known-peer';
import { auditFindings, openTransfers, unexpectedOnQuiet, unexplainedOnOpen } from './log-claims';
import { Reactions } from './reactions';
import { RudeVisits } from './rude-visits';
import { Stranger } from './stranger';

export interface LiveFuzzReport {
  readonly seconds: number;
  readonly frames: Readonly<Record<PeerGroup | 'strangers', number>>;
  readonly sockets: number;
  readonly outcomes: Readonly<Record<PeerGroup | 'strangers', Tally>>;
  readonly honestPayments: number;
  readonly transfersOfOpen: number;
  /** MiB of the gateway's process. */
  readonly memory: { readonly start: number; readonly peak: number; readonly end: number };
  readonly warnings: Tally;
  /** All is well when there are none. */
  readonly violations: readonly string[];
}

const MANY = 1_000_000;
const CORPUS_SIZE = 3_000;
const STRANGERS = 48;
const FIRST_STRANGER = 1_000;
const GATEWAY = 'btp-gateway';
/** Of ten frames: from strangers, from quiet peers, from open ones. */
const SHARES = { strangers: 2, quiet: 4, open: 4 };
const MOST_COMPLAINTS = 50;
const FINAL_WITHIN_MS = 60_000;
/** Those of the payments that go on meanwhile. */
const MOST_OPEN_OF_HONEST = 20;
const POLL_MS = 500;
const MOST_UNANSWERED = 0.01;

/** A whole connector under fire, from whoever it lets in and from whoever it does not. */
export class LiveFuzz {
  private readonly outcomes = { strangers: new Tally(), quiet: new Tally(), open: new Tally() };
  private readonly violations: string[] = [];
  private readonly warnings = new Tally();
  private readonly corpus: Corpus;
  private readonly known: KnownPeer[] = [];
  private readonly strangers: Stranger[] = [];
  private readonly prepared = new Map<string, ReadonlySet<string>>();

  private constructor(
    private readonly running: RunningConnector,
    private readonly cast: readonly FuzzingPeer[],
    private readonly order: { readonly frames: number; readonly seed: number },
  ) {
    const options = { size: CORPUS_SIZE, destinations: DESTINATIONS, vectors: false };
    this.corpus = makeCorpus(new Dice(order.seed), options);
  }

  static async run(frames: number, seed: number): Promise<LiveFuzzReport> {
    const cast = fuzzingPeers();
    const limits = { requestsPerPeerPerSecond: MANY };
    const running = await RunningConnector.start({ limits }, cast.map(peerConfiguration));
    try {
      return await new LiveFuzz(running, cast, { frames, seed }).attack();
    } finally {
      await running.stop();
    }
  }

  private async attack(): Promise<LiveFuzzReport> {
    const before = this.running.processes();
    const gateway = before.find(({ service }) => service === GATEWAY);
    if (gateway === undefined) throw new Error('no gateway is running');
    const memory = new MemoryWatch(gateway.pid);
    const honest = new HonestPayments(this.running);
    const began = performance.now();
    await Promise.all([this.sendAsStrangers(), this.sendAsPeers()]);
    const seconds = (performance.now() - began) / 1000;
    await this.untilFinal();
    const honestPayments = await this.judgeHonest(honest);
    this.judgeProcesses(before);
    const transfersOfOpen = await this.judgeEvents();
    this.judgeAnswers();
    for (const peer of this.known) peer.close();
    memory.stop();
    judgeLog(join(this.running.directory, 'connector.log'), this.warnings, this.violate);
    return {
      seconds,
      frames: {
        strangers: this.framesOf('strangers'),
        quiet: this.framesOf('quiet'),
        open: this.framesOf('open'),
      },
      sockets: this.strangers.reduce((sum, stranger) => sum + stranger.socketsOpened, 0),
      outcomes: this.outcomes,
      honestPayments,
      transfersOfOpen,
      memory: { start: memory.start, peak: memory.peak, end: memory.now() ?? 0 },
      warnings: this.warnings,
      violations: this.violations,
    };
  }

  private readonly violate = (violation: string): void => {
    this.violations.push(violation);
  };

  /** What senders find, they may find a million times. */
  private readonly complain = (violation: string): void => {
    if (this.violations.length < MOST_COMPLAINTS) this.violate(violation);
  };

  private framesOf(group: keyof typeof SHARES): number {
    return Math.ceil((this.order.frames * SHARES[group]) / 10);
  }

  private async sendAsStrangers(): Promise<void> {
    const frames = Math.ceil(this.framesOf('strangers') / STRANGERS);
    this.strangers.push(...Array.from({ length: STRANGERS }, (_, lane) => this.stranger(lane)));
    await Promise.all(this.strangers.map((stranger) => this.reporting(stranger.run(frames))));
  }

  private stranger(lane: number): Stranger {
    const { url, corpus, complain: violate } = this;
    const { seed } = this.order;
    const sender = FIRST_STRANGER + lane;
    const version = lane % 2 === 0 ? 'BTP/1.0' : 'BTP/alpha';
    const dice = new Dice(Math.imul(seed, 1_000_003) - sender);
    const outcomes = this.outcomes.strangers;
    return new Stranger({
      url,
      source: new FrameSource({ corpus, seed, sender, version }),
      rude: new RudeVisits({ url, dice, outcomes, violate }),
      dice,
      outcomes,
      violate,
    });
  }

  private async sendAsPeers(): Promise<void> {
    this.known.push(...this.cast.map((peer, number) => this.knownPeer(peer, number)));
    await Promise.all(this.known.map((peer) => this.reporting(peer.run())));
  }

  /** Whoever cannot go on is no reason not to look at what has become of the connector. */
  private reporting(run: Promise<void>): Promise<void> {
    return run.catch((error: unknown) => {
      this.violate(`a sender gave up: ${String(error)}`);
    });
  }

  private knownPeer(peer: FuzzingPeer, number: number): KnownPeer {
    const { id, group, version, token } = peer;
    const { seed } = this.order;
    const isAlpha = version === 'BTP/alpha';
    const dialect = isAlpha ? btpAlpha(() => `test.${id}.client`, Date.now) : BTP_1_0;
    const reactions = new Reactions(dialect, seed + number);
    const inGroup = this.cast.filter((other) => other.group === group).length;
    const known = new KnownPeer(
      {
        id,
        url: isAlpha ? `${this.url}/alpha//${token}` : this.url,
        token: isAlpha ? undefined : token,
        dialect,
        source: new FrameSource({ corpus: this.corpus, seed, sender: number, version }),
        isWanted: (frame) => group === 'open' || isVoid(frame, QUIET_LIMIT),
        react: (request) => reactions.to(request),
        outcomes: this.outcomes[group],
        violate: this.complain,
      },
      Math.ceil(this.framesOf(group) / inGroup),
    );
    this.prepared.set(id, known.prepared);
    return known;
  }

  private get url(): string {
    return this.running.network.connector.ready.btp;
  }

  /** What was handed on to peers that say nothing ends when its time is over. */
  private async untilFinal(): Promise<void> {
    const untilMs = Date.now() + FINAL_WITHIN_MS;
    for (;;) {
      const open = await openTransfers(this.running);
      if (open <= MOST_OPEN_OF_HONEST) return;
      if (Date.now() > untilMs) {
        this.violate(`${open} transfers do not end`);
        return;
      }
      await sleep(POLL_MS);
    }
  }

  private async judgeHonest(honest: HonestPayments): Promise<number> {
    for (const violation of await honest.stop()) this.violate(violation);
    return honest.made;
  }

  private judgeProcesses(before: readonly RunningProcess[]): void {
    const after = this.running.processes();
    for (const { service, instance, pid } of before) {
      const now = after.find((other) => other.service === service && other.instance === instance);
      if (now?.pid !== pid) this.violate(`${service} ${instance} was process ${pid} and is gone`);
    }
  }

  private async judgeEvents(): Promise<number> {
    for (const violation of await unexpectedOnQuiet(this.running)) this.violate(violation);
    const { transfers, unexplained } = await unexplainedOnOpen(this.running, this.prepared);
    for (const violation of unexplained) this.complain(violation);
    const findings = await auditFindings(this.running);
    if (findings !== undefined) this.violate(`audit verify: ${findings}`);
    const { matches, chain, problems } = await this.running.replay();
    if (!matches || chain !== 'ok') this.violate(`replay: ${chain}, ${problems.join('; ')}`);
    return transfers;
  }

  /** The inside may be late now and then, for which silence is the answer. */
  private judgeAnswers(): void {
    for (const [group, tally] of Object.entries(this.outcomes)) {
      const unanswered = tally.entries.filter(([what]) => what.endsWith('UNANSWERED'));
      const count = unanswered.reduce((sum, [, times]) => sum + times, 0);
      if (count > tally.total * MOST_UNANSWERED) this.violate(`${group}: ${count} without answer`);
    }
  }
}
