import type { DataSource } from 'typeorm';
import { DEFAULT_PARTITIONS } from '#contracts';
import { ProjectionRunner, SettingsStore, type Projection } from '#event-store';
import { PROJECTIONS } from '#read-models';
import type { Shell } from '../shell';
import { withStore, type StoreOptions } from '../store/open-store';
import { table } from '../table';

export interface ProjectionsOptions extends StoreOptions {
  readonly json?: boolean;
}

/** Nothing is called that. */
export class UnknownProjectionError extends Error {
  override readonly name = 'UnknownProjectionError';

  constructor(wanted: string) {
    const known = PROJECTIONS.flatMap(({ tables }) => tables).join(', ');
    super(`there is no read model ${wanted}; there are ${known}`);
  }
}

/** How often progress is told. */
const TELL_EVERY_MS = 1_000;

/** `causeway projections list`: every read model and how far it is behind the log. */
export async function listProjections(options: ProjectionsOptions, shell: Shell): Promise<void> {
  const rows = await withStore(options, shell, async (dataSource) => {
    const partitions = await partitionCount(dataSource);
    return Promise.all(
      PROJECTIONS.map(async (projection) => ({
        projection: projection.name,
        tables: projection.tables,
        behind: await new ProjectionRunner(dataSource, { projection, partitions }).lag(),
      })),
    );
  });
  if (options.json === true) {
    for (const row of rows) shell.print(JSON.stringify(row));
    return;
  }
  const cells = rows.map((row) => [row.projection, row.tables.join(', '), String(row.behind)]);
  for (const line of table(['read model', 'tables', 'events behind'], cells, [2])) {
    shell.print(line);
  }
}

/**
 * `causeway projections rebuild [tables…]`: empties read models and fills them again from the log,
 * while the connector runs or not; running services help. Tables of one fold are rebuilt together.
 * @throws UnknownProjectionError before anything is emptied
 */
export async function rebuildProjections(
  names: readonly string[],
  options: ProjectionsOptions,
  shell: Shell,
): Promise<void> {
  const wanted = new Set(names.length === 0 ? PROJECTIONS : names.map(projectionOf));
  await withStore(options, shell, async (dataSource) => {
    const partitions = await partitionCount(dataSource);
    for (const projection of wanted) {
      const startedAt = performance.now();
      const runner = new ProjectionRunner(dataSource, { projection, partitions });
      await runner.rebuild(progress(projection.name, shell));
      const tookMs = Math.round(performance.now() - startedAt);
      if (options.json === true) {
        shell.print(JSON.stringify({ tables: projection.tables, rebuilt: true, tookMs }));
      } else shell.print(`${projection.tables.join(', ')}: rebuilt in ${tookMs} ms`);
    }
  });
}

function projectionOf(wanted: string): Projection {
  const found = PROJECTIONS.find(({ tables }) => tables.includes(wanted));
  if (found === undefined) throw new UnknownProjectionError(wanted);
  return found;
}

function progress(name: string, shell: Shell): (lag: number) => void {
  let toldAt = performance.now();
  return (lag) => {
    if (lag === 0 || performance.now() - toldAt < TELL_EVERY_MS) return;
    toldAt = performance.now();
    shell.note(`${name}: ${lag} events to go`);
  };
}

/** The number is part of the stored layout; a log that never had an owner has no events either. */
async function partitionCount(dataSource: DataSource): Promise<number> {
  const stored = await new SettingsStore(dataSource).get('partitions');
  return stored === undefined ? DEFAULT_PARTITIONS : Number(stored);
}
