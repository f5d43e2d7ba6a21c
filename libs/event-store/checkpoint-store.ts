import type { DataSource } from 'typeorm';
import { binaryArray, int2Element, int8Element } from './binary-array';
import { execute, textRows, withConnection } from './connection';
import { safeInteger } from './exact-integer';

/** How far a follower of the log has come in one partition, and how far the log itself. */
export interface Progress {
  readonly partition: number;
  /** Last position that the follower is done with; 0 = none. */
  readonly position: number;
  /** Last position of the log. */
  readonly head: number;
}

/** Where those who follow the log (projections, publishers) go on after a restart. */
export class CheckpointStore {
  constructor(private readonly dataSource: DataSource) {}

  /** For each of the partitions, in their order. */
  async progress(name: string, partitions: readonly number[]): Promise<readonly Progress[]> {
    const rows = await withConnection(this.dataSource, (client) =>
      textRows<[string, string, string]>(client, {
        name: 'causeway-progress',
        text: PROGRESS,
        values: [name, binaryArray(int2Element, partitions)],
      }),
    );
    return rows.map(([partition, position, head]) => ({
      partition: Number(partition),
      position: safeInteger(position),
      head: safeInteger(head),
    }));
  }

  /**
   * Moves checkpoints forward, in one statement for all partitions. One that is further already
   * stays: of two publishers the one that is behind changes nothing.
   */
  async advance(name: string, positions: ReadonlyMap<number, number>): Promise<void> {
    if (positions.size === 0) return;
    await this.write(`${WRITE} WHERE c.position < excluded.position`, name, positions);
  }

  /** Sets checkpoints wherever wanted, backwards too: to publish again from there. */
  async reset(name: string, positions: ReadonlyMap<number, number>): Promise<void> {
    if (positions.size === 0) return;
    await this.write(WRITE, name, positions);
  }

  private async write(
    text: string,
    name: string,
    positions: ReadonlyMap<number, number>,
  ): Promise<void> {
    // In ascending order, so that two who write the same rows cannot lock each other out.
    const ordered = [...positions].sort(([a], [b]) => a - b);
    const values = [
      name,
      binaryArray(
        int2Element,
        ordered.map(([partition]) => partition),
      ),
      binaryArray(
        int8Element,
        ordered.map(([, position]) => position),
      ),
    ];
    await withConnection(this.dataSource, (client) => execute(client, { text, values }));
  }
}

const PROGRESS = `
SELECT p.partition, coalesce(c.position, 0), coalesce(
  (SELECT e.position FROM ledger_events e WHERE e.partition = p.partition
   ORDER BY e.position DESC LIMIT 1), 0)
FROM unnest($2::int2[]) WITH ORDINALITY AS p (partition, place)
LEFT JOIN checkpoints c ON c.name = $1 AND c.partition = p.partition
ORDER BY p.place`;

const WRITE = `
INSERT INTO checkpoints AS c (name, partition, position)
SELECT $1, * FROM unnest($2::int2[], $3::int8[])
ON CONFLICT (name, partition) DO UPDATE SET position = excluded.position`;
