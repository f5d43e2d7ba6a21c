import { Logger } from '@nestjs/common';
import type { LiveRoutes } from '#routes';
import { hasPassed } from './has-passed';
import type { PeerBook } from './peer-book';

export interface GonePeersParts {
  readonly routes: Pick<LiveRoutes, 'kept' | 'drop'>;
  readonly peers: Pick<PeerBook, 'has' | 'ask'>;
  readonly clock: () => number;
}

/** No setting: what is kept of a peer that is gone does no harm but take up room. */
const EVERY_MS = 10_000;

/**
 * Takes away what is kept of the routes of peers that there are no more. Which these are is asked for
 * after it was noted what is kept: a peer that is added again in between is found in the list, and of
 * one that is added again later nothing is taken away that it told since.
 */
export class GonePeers {
  private readonly logger = new Logger(GonePeers.name);
  private sweptAtMs = -Infinity;

  constructor(private readonly parts: GonePeersParts) {}

  /** If it is time; never rejects. */
  async sweep(): Promise<void> {
    const { clock, peers, routes } = this.parts;
    if (!hasPassed(EVERY_MS, this.sweptAtMs, clock())) return;
    this.sweptAtMs = clock();
    const kept = routes.kept().filter(({ peerId }) => peers.has(peerId) === false);
    if (kept.length === 0 || !(await peers.ask())) return;
    for (const each of kept) {
      if (peers.has(each.peerId) !== false) continue;
      try {
        const isGone = await routes.drop(each);
        if (isGone) this.logger.log(`forgot the routes of ${each.peerId}, which is gone`);
      } catch (error) {
        this.logger.warn(`the routes of ${each.peerId} are still kept: ${String(error)}`);
      }
    }
  }
}
