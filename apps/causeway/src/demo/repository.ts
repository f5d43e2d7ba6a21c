import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** A path below the directory of our package.json; the same from the sources and from `dist`. */
export function inRepository(...parts: readonly string[]): string {
  let directory = __dirname;
  while (!existsSync(join(directory, 'package.json'))) {
    const parent = dirname(directory);
    if (parent === directory) throw new Error(`no package.json above ${__dirname}`);
    directory = parent;
  }
  return join(directory, ...parts);
}
