import { readPeerRoutesQuestion, type Subjects, type ToldReply } from '#contracts';
import type { ExportedRoute } from '#domain/routing';
import type { ControlListener } from '#messaging';
import type { Announcements } from '../announcing/announcements';
import { copyOf, pageOf, pointsOf, timeOf } from './plain-routes';
import { questionIn, unknownPeer } from './routes-desk';

export interface ToldDeskPorts {
  readonly listener: Pick<ControlListener, 'listen'>;
  readonly subjects: Pick<Subjects, 'routerTold'>;
  /** undefined where this process tells the peer nothing. */
  readonly announcementsTo: (peerId: string) => Announcements | undefined;
  /** What would be told over a ledger now. */
  readonly exportedOver: (ledgerId: string) => ReadonlyMap<string, ExportedRoute>;
}

/** Routes that cannot be told, in one answer. */
const UNSAID_SHOWN = 100;

/**
 * Says what peers were told of our routes. Only the process that broadcasts knows that, so it alone
 * listens.
 */
export class ToldDesk {
  private stopListening: (() => Promise<void>) | undefined;

  constructor(private readonly ports: ToldDeskPorts) {}

  elected(isLeader: boolean): void {
    const { listener, subjects } = this.ports;
    if (!isLeader) void this.close();
    else if (this.stopListening === undefined) {
      const listening = listener.listen(subjects.routerTold, (asked) => this.answer(asked));
      this.stopListening = () => listening.stop();
    }
  }

  async close(): Promise<void> {
    const { stopListening } = this;
    this.stopListening = undefined;
    await stopListening?.();
  }

  /** @throws ControlRefusal `bad-request`, `unknown-peer` */
  told(asked: unknown): ToldReply {
    const { peerId, ...range } = questionIn(readPeerRoutesQuestion(asked));
    const announcements = this.ports.announcementsTo(peerId);
    if (announcements === undefined) throw unknownPeer(peerId);
    const { announced, figures, latest, memory, unsaid } = announcements;
    const { entries, next } = this.page(announcements, range);
    return {
      peer: peerId,
      connected: announced.session !== undefined,
      dialect: memory.dialect.inUse,
      lastSentAt: timeOf(memory.lastSentAtMs),
      acknowledgedAt: timeOf(figures.acknowledgedAtMs),
      latest:
        latest === undefined
          ? null
          : { at: timeOf(latest.atMs), outcome: latest.outcome, reason: latest.reason ?? null },
      count: figures.routes,
      routes: entries,
      unsaid: [...unsaid]
        .slice(0, UNSAID_SHOWN)
        .map(([destination, reason]) => ({ destination, reason })),
      next,
    };
  }

  private answer(asked: unknown): Promise<ToldReply> {
    return new Promise((resolve) => {
      resolve(this.told(asked));
    });
  }

  private page(
    { announced, memory }: Announcements,
    range: { readonly prefix: string; readonly after?: string | undefined; readonly limit: number },
  ) {
    const { prefix, after, limit } = range;
    const exported = this.ports.exportedOver(announced.ledgerId);
    const wanted = memory.told
      .filter(([key]) => key.startsWith(prefix) && (after === undefined || key > after))
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .slice(0, limit + 1)
      .map(([destination, digest]) => ({
        destination,
        known: digest === '' ? ('uncertain' as const) : ('certain' as const),
        route: written(exported.get(destination)),
      }));
    return pageOf(wanted, limit);
  }
}

function written(route: ExportedRoute | undefined): ToldReply['routes'][number]['route'] {
  if (route === undefined) return null;
  const { curve, minMessageWindowS, paths } = route;
  return { points: pointsOf(curve), minMessageWindowS, paths: copyOf(paths) };
}
