import { Registry } from 'prom-client';
import type { PeerAnswer, PeerQuestion } from '#contracts';
import { Curve } from '#domain/liquidity';
import { type BroadcastMemory, type ExportedRoute, readBroadcastMemory } from '#domain/routing';
import { type CcpDialect, encodeIlp, ilpEntry, ilpError } from '#protocol';
import type { AnnouncedPeer } from '../src/announcing/announced-peer';
import { AnnouncingMetrics } from '../src/announcing/announcing-metrics';
import { Broadcaster, type PeerWishes } from '../src/announcing/broadcaster';
import type { MemoryKeeper } from '../src/announcing/told-memories';

const SECOND = 1_000;
export const OK: PeerAnswer = { type: 'response', protocolData: [] };
export const REFUSED: PeerAnswer = {
  type: 'response',
  protocolData: [
    ilpEntry(
      encodeIlp(ilpError({ code: 'F00', triggeredBy: 'x.y', triggeredAtMs: 0, data: 'no' })),
    ),
  ],
};

interface Sent {
  readonly atS: number;
  readonly peerId: string;
  readonly carriage: string;
  readonly routes: readonly string[];
  readonly gone: readonly string[];
  readonly isV21: boolean;
  /** Whether the peer is asked for everything. */
  readonly asks: boolean;
}

/** What outlives a router. */
class Kept implements MemoryKeeper {
  readonly memories = new Map<string, string>();
  isBroken = false;

  open(): Promise<ReadonlyMap<string, BroadcastMemory>> {
    const entries = [...this.memories].flatMap(([peerId, text]) => {
      const memory = readBroadcastMemory(JSON.parse(text));
      return memory === undefined ? [] : [[peerId, memory] as const];
    });
    return Promise.resolve(new Map(entries));
  }

  keep(peerId: string, memory: BroadcastMemory): Promise<void> {
    if (this.isBroken) return Promise.reject(new Error('no bucket'));
    this.memories.set(peerId, JSON.stringify(memory));
    return Promise.resolve();
  }

  forget(peerId: string): Promise<void> {
    this.memories.delete(peerId);
    return Promise.resolve();
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

/** Peers, tables and a clock that only goes when it is told to. */
export class World {
  nowMs = 1_000_000;
  readonly startMs = this.nowMs;
  readonly kept = new Kept();
  readonly sent: Sent[] = [];
  /** Questions for the full tables of peers, in whatever dialect. */
  readonly asked: { readonly atS: number; readonly peerId: string }[] = [];
  readonly invalidated: string[] = [];
  readonly sessions = new Map<string, string>();
  /** When these were opened; at the start unless said. */
  readonly openedMs = new Map<string, number>();
  /** What peers say in every session that they read. */
  readonly dialects = new Map<string, readonly CcpDialect[]>();
  readonly wishes = new Map<string, PeerWishes>();
  readonly routes = new Map<string, ExportedRoute>();
  readonly registry = new Registry();
  peerIds = ['alice', 'bob'];
  dialect: AnnouncedPeer['dialect'] = 'auto';
  speaks: 'BTP/1.0' | 'BTP/alpha' | 'rpc' = 'BTP/1.0';
  /** Another one after each loss of the bus; undefined while it is lost. */
  bus: number | undefined = 0;
  leader: Broadcaster | undefined;
  /** How often a router has stood for election. */
  renewals = 0;
  answer: (peerId: string, sent: Sent) => Promise<PeerAnswer> = () => Promise.resolve(OK);

  constructor() {
    this.route('g.one.', 10n);
    for (const peerId of this.peerIds) this.sessions.set(peerId, 'first');
  }

  route(destination: string, most: bigint): void {
    const curve = Curve.of([
      [0n, 0n],
      [most, most],
    ]);
    const route = { destination, minMessageWindowS: 1, curve, paths: [[]] };
    this.routes.set(destination, route);
  }

  router(): Broadcaster {
    const isHeld = (): boolean => this.leader === broadcaster;
    const broadcaster = new Broadcaster({
      settings: {
        intervalMs: 30 * SECOND,
        holdDownMs: 45 * SECOND,
        maxUpdateBytes: 60_000,
        curvelessV17: 'omit',
        answerWithinMs: SECOND,
      },
      leadership: {
        get isHeld() {
          return isHeld();
        },
        renew: () => Promise.resolve(void (this.renewals += 1)),
        resign: () => undefined,
      },
      peers: { ask: (peerId, question) => this.hear(peerId, question) },
      busSession: () => this.bus,
      keeper: this.kept,
      exportOver: () => ({
        routes: this.routes,
        revision: 1,
        changedSince: () => undefined,
      }),
      invalidate: (peerId) => void this.invalidated.push(peerId),
      metrics: new AnnouncingMetrics(new Registry()),
      peersToTell: () => this.peersToTell(),
      wishesOf: (peerId) => this.wishes.get(peerId),
      clock: () => this.nowMs,
    });
    return broadcaster;
  }

  elect(broadcaster: Broadcaster): void {
    this.leader = broadcaster;
  }

  /** Lets that much time pass, a second at most at once. */
  async pass(seconds: number, ...routers: readonly Broadcaster[]): Promise<void> {
    for (let passed = 0; passed < seconds; passed += 1) {
      await this.settle(routers);
      this.nowMs += SECOND;
    }
    await this.settle(routers);
  }

  async settle(routers: readonly Broadcaster[]): Promise<void> {
    for (let round = 0; round < 4; round += 1) {
      for (const router of routers) {
        await router.turn();
        await new Promise((resolve) => setImmediate(resolve));
        await router.settled();
      }
    }
  }

  told(peerId: string): Sent[] {
    return this.sent.filter((each) => each.peerId === peerId);
  }

  private peersToTell(): AnnouncedPeer[] {
    return this.peerIds.map((peerId) => {
      const id = this.sessions.get(peerId);
      const sinceMs = this.openedMs.get(peerId) ?? this.startMs;
      const dialects = this.dialects.get(peerId) ?? [];
      return {
        peerId,
        ledgerId: peerId,
        sourceLedger: `test.${peerId}.`,
        sourceAccount: `test.${peerId}.server`,
        dialect: this.dialect,
        session: id === undefined ? undefined : { id, sinceMs, speaks: this.speaks, dialects },
      };
    });
  }

  private hear(peerId: string, { protocolData }: PeerQuestion): Promise<PeerAnswer> {
    const [entry] = protocolData;
    if (entry?.data.equals(Buffer.from([1])) === true) {
      this.asked.push({ atS: (this.nowMs - this.startMs) / SECOND, peerId });
      return Promise.resolve(OK);
    }
    const { data } = JSON.parse(entry?.data.toString() ?? '') as {
      data: {
        new_routes: { destination_ledger: string; points?: unknown }[];
        unreachable_through_me: string[];
        request_full_table?: boolean;
      };
    };
    const sent: Sent = {
      atS: (this.nowMs - this.startMs) / SECOND,
      peerId,
      carriage: entry?.protocolName ?? '',
      routes: data.new_routes.map((route) => route.destination_ledger),
      gone: data.unreachable_through_me,
      isV21:
        data.request_full_table === true ||
        data.new_routes.some(({ points }) => typeof points === 'string'),
      asks: data.request_full_table === true,
    };
    this.sent.push(sent);
    if (sent.asks) this.asked.push({ atS: sent.atS, peerId });
    return this.answer(peerId, sent);
  }
}
