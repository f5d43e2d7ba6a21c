import { type BtpRequest, jsonEntry } from '#protocol';
import { AGREE, BtpPeer, type DialOptions } from '#testing';
import { until } from './running-connector';

/** One route update that the peer got. */
export interface Told {
  readonly atMs: number;
  /** Destinations of its routes. */
  readonly routes: readonly string[];
  /** Destinations that it withdraws. */
  readonly gone: readonly string[];
}

interface Update {
  readonly new_routes: { readonly destination_ledger: string }[];
  readonly unreachable_through_me: string[];
}

const HOLD_DOWN_MS = 300_000;
const ACCEPTED_WITHIN_MS = 60_000;

/** A peer that takes note of the routes that it is told, and tells its own. */
export class ToldPeer {
  readonly told: Told[] = [];

  private constructor(
    private readonly btp: BtpPeer,
    private readonly prefix: string,
  ) {}

  static async dial(prefix: string, options: Omit<DialOptions, 'scripts'>): Promise<ToldPeer> {
    const btp: BtpPeer = await BtpPeer.dial({
      ...options,
      scripts: [(request) => (peer.note(request) ? AGREE : undefined)],
    });
    const peer = new ToldPeer(btp, prefix);
    return peer;
  }

  /** What it knows by now: every route that was told and not withdrawn since. */
  get known(): string[] {
    const known = new Set<string>();
    for (const { routes, gone } of this.told) {
      for (const destination of gone) known.delete(destination);
      for (const destination of routes) known.add(destination);
    }
    return [...known].sort();
  }

  /** Says it again, as peers do, until it is accepted; whoever should take it in may be dying. */
  async tell(routes: readonly string[], gone: readonly string[] = []): Promise<void> {
    const data = {
      new_routes: routes.map((destination) => ({
        source_ledger: this.prefix,
        destination_ledger: destination,
        source_account: `${this.prefix}client`,
        min_message_window: 1,
        points: [
          [0, 0],
          [1_000_000, 1_000_000],
        ],
      })),
      hold_down_time: HOLD_DOWN_MS,
      unreachable_through_me: gone,
    };
    const json = JSON.stringify({ method: 'broadcast_routes', data });
    await until(ACCEPTED_WITHIN_MS, 'the broadcast is accepted', async () => {
      const answer = await this.btp.message(jsonEntry('custom', Buffer.from(json)));
      return answer.type !== 'error' && answer.protocolData.length === 0;
    });
  }

  drop(): void {
    this.btp.drop();
  }

  private note(request: BtpRequest): boolean {
    const [entry] = request.type === 'message' ? request.protocolData : [];
    if (entry?.protocolName !== 'custom') return false;
    const { data } = JSON.parse(entry.data.toString()) as { readonly data: Update };
    const routes = data.new_routes.map(({ destination_ledger }) => destination_ledger);
    this.told.push({ atMs: Date.now(), routes, gone: data.unreachable_through_me });
    return true;
  }
}
