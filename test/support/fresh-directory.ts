import { chmodSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * Gives every test of the file a directory of its own; all of them go after the last test, when whatever the tests
 * started in them has been stopped. `mode` 0711 lets other accounts pass through, 0700 does not.
 */
export function freshDirectory(mode = 0o711): { readonly path: string } {
  const made: string[] = [];
  // In the integration project they go with the run's own directory, even when the run is killed.
  const parent = process.env.CAUSEWAY_TEST_DIRECTORY ?? tmpdir();
  beforeEach(() => {
    const path = realpathSync(mkdtempSync(join(parent, 'causeway-spec-')));
    chmodSync(path, mode);
    made.push(path);
  });
  afterAll(() => {
    for (const path of made) rmSync(path, { recursive: true, force: true, maxRetries: 5 });
  });
  return {
    get path() {
      const path = made.at(-1);
      if (path === undefined) throw new Error('a fresh directory exists only inside a test');
      return path;
    },
  };
}
