import { BadRequestException } from '@nestjs/common';
import { allPartitions, connectorPartition } from '#contracts';
import { partitionNumber, place } from './page-query';

/** Where a reader of the feed stands: everything up to there it has. */
export type FeedPlace =
  | {
      readonly kind: 'partitions';
      /** Position by partition, of each partition that is read. */
      readonly after: ReadonlyMap<number, number>;
    }
  | { readonly kind: 'ledger'; readonly ledgerId: string; readonly afterVersion: number };

export interface FeedQuery {
  readonly partition?: string | undefined;
  readonly ledger?: string | undefined;
  /** A position of the partition, a version of the ledger, or `partition:position,…` of them all. */
  readonly after?: string | undefined;
  /** What a browser sends when it connects again; says the same as `after`, and goes before it. */
  readonly lastEventId?: string | undefined;
}

/**
 * One partition by position, one ledger by version, or all partitions of the log: those of ledgers,
 * and the one of the connector itself.
 * @throws BadRequestException naming the parameter and the rule.
 */
export function feedPlace(query: FeedQuery, partitions: number): FeedPlace {
  const { partition, ledger, lastEventId } = query;
  const after = lastEventId ?? query.after;
  if (ledger !== undefined) {
    if (partition === undefined) {
      return { kind: 'ledger', ledgerId: ledger, afterVersion: place('after', after) };
    }
    throw new BadRequestException(
      'give either partition (after = position) or ledger (after = version)',
    );
  }
  if (partition === undefined) return { kind: 'partitions', after: everywhere(after, partitions) };
  const number = partitionNumber(partition, connectorPartition(partitions));
  const position = after?.includes(':') === true ? positionsOf(after).get(number) : undefined;
  const from = position ?? place('after', after?.includes(':') === true ? undefined : after);
  return { kind: 'partitions', after: new Map([[number, from]]) };
}

/** The place as `after` and `Last-Event-ID` say it. */
export function placeText(reached: FeedPlace): string {
  if (reached.kind === 'ledger') return String(reached.afterVersion);
  return [...reached.after]
    .filter(([, position]) => position > 0)
    .map(([partition, position]) => `${partition}:${position}`)
    .join(',');
}

function everywhere(after: string | undefined, partitions: number): Map<number, number> {
  const positions = positionsOf(after ?? '');
  const all = allPartitions(partitions);
  for (const partition of positions.keys()) {
    if (partition < all.length) continue;
    throw new BadRequestException(`after names partition ${partition} of ${all.length}`);
  }
  return new Map(all.map((partition) => [partition, positions.get(partition) ?? 0]));
}

const POSITIONS = /^\d{1,5}:\d{1,15}(?:,\d{1,5}:\d{1,15})*$/;

function positionsOf(text: string): Map<number, number> {
  if (text === '') return new Map();
  if (!POSITIONS.test(text)) {
    throw new BadRequestException('after must be partition:position, as 0:17,5:3');
  }
  const pairs = text.split(',').map((pair) => pair.split(':'));
  return new Map(pairs.map(([partition, position]) => [Number(partition), Number(position)]));
}
