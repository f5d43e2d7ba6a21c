import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The directory of Causeway's package.json: the same from the sources and from `dist`. */
export function packageRoot(from = __dirname): string {
  let directory = from;
  while (!existsSync(join(directory, 'package.json'))) {
    const parent = dirname(directory);
    if (parent === directory) throw new Error(`no package.json above ${from}`);
    directory = parent;
  }
  return directory;
}
