import type { LedgerFigures, Subjects } from '#contracts';
import type { EventReader, PartitionWriter, SnapshotStore } from '#event-store';
import type { BatchedLink } from '#messaging';
import type { Configuration } from '#platform';
import type { ComparisonObserver } from './balance-comparison';
import type { DeskObserver } from './desk-observer';

export interface OwnershipObserver extends DeskObserver, ComparisonObserver {
  committed(commands: number): void;
  /** An entry on the hot link made no sense. */
  unreadable(error: Error): void;
}

export interface OwnershipParts {
  readonly writer: PartitionWriter;
  readonly reader: EventReader;
  readonly snapshots: SnapshotStore;
  readonly link: BatchedLink;
  readonly subjects: Subjects;
  readonly configuration: Configuration;
  readonly observer: OwnershipObserver;
  readonly clock: () => number;
  /** What some of the ledgers can carry is on record as another figure than before. */
  readonly announceFigures: (figures: readonly LedgerFigures[]) => void;
  /** Is it certain that no other process has taken our partitions over? */
  readonly isTrusted: () => boolean;
}
