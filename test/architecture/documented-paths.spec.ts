import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(__dirname, '..', '..');
const CONSOLE = join(ROOT, 'apps', 'console', 'src');

/** As `GET /api/ledgers/:ledger/transfers`. */
function pathsOfTheConsole(): string[] {
  const controllers = readdirSync(CONSOLE, { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.controller.ts'),
  );
  return controllers.flatMap((name) => {
    const source = readFileSync(join(CONSOLE, name), 'utf8');
    const [, base = ''] = /@Controller\('([^']*)'\)/.exec(source) ?? [];
    const handlers = source.matchAll(/@(Get|Post|Put|Delete|Patch)\((?:'([^']*)')?\)/g);
    return [...handlers].map(([, method = '', path]) => {
      return `${method.toUpperCase()} /${[base, path].filter(Boolean).join('/')}`;
    });
  });
}

describe('the HTTP API of the console', () => {
  const guide = readFileSync(join(ROOT, 'docs', 'operations.md'), 'utf8');

  it('is found by its controllers', () => {
    expect(pathsOfTheConsole()).toEqual(
      expect.arrayContaining(['GET /api/ledgers', 'PUT /api/rates']),
    );
  });

  it.each(pathsOfTheConsole())("stands in the operator's guide: %s", (path) => {
    const written = path.replace(/[.]/g, '\\.').replace(/:\w+/g, '[A-Z]+');
    expect(guide).toMatch(new RegExp(`\`${written}[\`?]`));
  });
});
