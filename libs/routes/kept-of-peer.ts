import { type KeyValue, RevisionConflictError } from '#messaging';
import { HEARTBEAT_KEY } from './heard-message';
import type { HeardView } from './heard-view';

/** What the bucket holds of one peer, as it was at a moment. */
export interface KeptOfPeer {
  readonly peerId: string;
  /** Of the heartbeat; undefined where there is none. */
  readonly heartbeat: number | undefined;
  /** Revisions by the name of the part. */
  readonly parts: ReadonlyMap<string, number>;
}

const AT_ONCE = 64;

export function keptIn(view: HeardView): KeptOfPeer[] {
  return [...view.all]
    .filter(({ isKept }) => isKept)
    .map(({ peerId, heartbeat, revision, parts }) => {
      const there = [...parts].filter(([, { value }]) => value !== undefined);
      return {
        peerId,
        heartbeat: heartbeat === undefined ? undefined : revision,
        parts: new Map(there.map(([part, seen]) => [part, seen.revision])),
      };
    });
}

/**
 * The heartbeat first, so that no process relies on the rest any more. Whoever writes it anew means a
 * peer that is back: then whatever is still there is that one's business.
 */
export async function dropKept(
  bucket: Pick<KeyValue, 'delete'>,
  { peerId, heartbeat, parts }: KeptOfPeer,
): Promise<boolean> {
  const left = [...parts];
  const work = async (): Promise<void> => {
    for (let next = left.pop(); next !== undefined; next = left.pop()) {
      await bucket.delete(`${peerId}.${next[0]}`, next[1]);
    }
  };
  try {
    if (heartbeat !== undefined) await bucket.delete(`${peerId}.${HEARTBEAT_KEY}`, heartbeat);
    await Promise.all(Array.from({ length: AT_ONCE }, work));
    return true;
  } catch (error) {
    if (error instanceof RevisionConflictError) return false;
    throw error;
  }
}
