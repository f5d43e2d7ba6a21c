import { partitionOf } from '#contracts';
import {
  GENESIS_HASH,
  verifyLink,
  type BrokenLink,
  type ChainHead,
  type RecordedEvent,
} from '#eventsourcing';

/** Something in the log is not as it was written. Each names the event at which it shows. */
export type LogProblem =
  | ({ readonly kind: 'broken-link' } & BrokenLink)
  | {
      readonly kind: 'wrong-partition';
      readonly ledgerId: string;
      readonly version: number;
      readonly partition: number;
      readonly expected: number;
    }
  | {
      readonly kind: 'position-gap';
      readonly ledgerId: string;
      readonly version: number;
      readonly partition: number;
      readonly position: number;
      readonly expected: number;
    }
  /** Somebody has seen events of this partition that are no longer there. */
  | {
      readonly kind: 'missing-end';
      readonly partition: number;
      readonly position: number;
      readonly seenBy: string;
      readonly seenPosition: number;
    };

/** Where somebody who follows the log has come to in a partition. */
export interface SeenPosition {
  readonly name: string;
  readonly partition: number;
  readonly position: number;
}

export interface VerificationScope {
  /** Number of partitions of the log. */
  readonly partitions: number;
  /** Whether events come in the order of positions and are all there, partition by partition. */
  readonly positions: boolean;
}

const BEGINNING: ChainHead = { version: 0, hash: GENESIS_HASH };

/**
 * Holds events, each ledger's in the order of versions, against what the log promises about their
 * places: chains by `verifyLink`, ledgers in their own partitions, positions without gaps.
 */
export class LogVerification {
  /** Events seen. */
  events = 0;
  /** Last version and hash of each ledger seen. */
  readonly heads = new Map<string, ChainHead>();
  private readonly positions = new Map<number, number>();

  constructor(private readonly scope: VerificationScope) {}

  /** Lets a chain begin in the middle of its ledger's history. */
  startAt(ledgerId: string, head: ChainHead): void {
    this.heads.set(ledgerId, head);
  }

  check(event: RecordedEvent): readonly LogProblem[] {
    const problems = this.problemsOf(event);
    // Going on from what the event itself says: one broken place is then one problem, not one for
    // each event after it.
    this.heads.set(event.ledgerId, { version: event.version, hash: event.hash });
    this.positions.set(event.partition, event.position);
    this.events += 1;
    return problems;
  }

  /** What somebody has seen and is no longer there. */
  missingEnds(seen: readonly SeenPosition[]): readonly LogProblem[] {
    return seen.flatMap(({ name: seenBy, partition, position: seenPosition }): LogProblem[] => {
      const position = this.positions.get(partition) ?? 0;
      if (seenPosition <= position) return [];
      return [{ kind: 'missing-end', partition, position, seenBy, seenPosition }];
    });
  }

  private problemsOf(event: RecordedEvent): LogProblem[] {
    const { ledgerId, version, partition, position } = event;
    const problems: LogProblem[] = [];
    const broken = verifyLink(this.heads.get(ledgerId) ?? BEGINNING, event);
    if (broken !== undefined) problems.push({ kind: 'broken-link', ...broken });
    const own = partitionOf(ledgerId, this.scope.partitions);
    if (partition !== own) {
      problems.push({ kind: 'wrong-partition', ledgerId, version, partition, expected: own });
    }
    if (!this.scope.positions) return problems;
    const expected = (this.positions.get(partition) ?? 0) + 1;
    if (position !== expected) {
      problems.push({ kind: 'position-gap', ledgerId, version, partition, position, expected });
    }
    return problems;
  }
}
