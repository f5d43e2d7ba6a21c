import { readFileSync } from 'node:fs';
import { inRepository } from '../demo/repository';

export interface Software {
  readonly name: string;
  readonly version: string;
}

/** Who wrote a report or an export: name and version of this program. */
export function software(): Software {
  const { name, version } = JSON.parse(
    readFileSync(inRepository('package.json'), 'utf8'),
  ) as Partial<Software>;
  return { name: name ?? 'causeway', version: version ?? 'unknown' };
}
