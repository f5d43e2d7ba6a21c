/**
 * Up to where in the log a row counts: every event of the partition up to the position, and none
 * beyond it. The position is decimal text, as a reader in any language can hold it.
 */
export interface AsOf {
  readonly partition: number;
  readonly position: string;
}

/**
 * `asOf` of a row, as a column: read in the same statement as the row, and changed in the same
 * transaction, so that both always belong together.
 */
export function asOfColumn(projection: string, partition: string): string {
  return `json_build_object('partition', ${partition}, 'position', coalesce(
    (SELECT c.position FROM checkpoints c
      WHERE c.name = '${projection}' AND c.partition = ${partition}), 0)::text) AS "asOf"`;
}

/** A time as ISO 8601 text in UTC, to the millisecond. */
export function isoColumn(column: string, name: string): string {
  return `to_char(${column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS "${name}"`;
}
