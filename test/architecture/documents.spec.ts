import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';

const ROOT = join(__dirname, '..', '..');
const ADR_LINES = 60;

function documentsBelow(...path: string[]): string[] {
  const directory = join(ROOT, ...path);
  return readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => relative(ROOT, join(directory, name)));
}

const documents = [
  ...['README.md', 'CHANGELOG.md', 'CONTRIBUTING.md'],
  ...documentsBelow('docs'),
  ...documentsBelow('examples'),
];

/** Without what stands in blocks of code. */
function proseOf(document: string): string {
  return readFileSync(join(ROOT, document), 'utf8').replace(/^```[\s\S]*?^```$/gm, '');
}

/** As browsers are sent to headings. */
function anchorsOf(document: string): string[] {
  return [...proseOf(document).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

describe.each(documents)('%s', (document) => {
  it('links to what is there', () => {
    const broken = [...proseOf(document).matchAll(/\]\((?!https?:)([^)#\s]*)(?:#([^)\s]+))?\)/g)]
      .map(([, path = '', anchor]) => ({
        target: path === '' ? document : join(dirname(document), path),
        anchor,
      }))
      .filter(({ target, anchor }) => {
        if (!existsSync(join(ROOT, target))) return true;
        return anchor !== undefined && !anchorsOf(target).includes(anchor);
      });
    expect(broken).toEqual([]);
  });
});

describe.each(documentsBelow('docs', 'adr'))('decision %s', (document) => {
  it('begins with its number and says whether it holds', () => {
    const [heading, , status] = readFileSync(join(ROOT, document), 'utf8').split('\n');
    expect(heading).toMatch(new RegExp(`^# ${Number(basename(document).slice(0, 4))}\\. `));
    expect(status).toMatch(/^Status: (accepted|superseded)/);
  });
});

it('no decision takes more words than it may', () => {
  const long = documentsBelow('docs', 'adr').filter(
    (name) => readFileSync(join(ROOT, name), 'utf8').trimEnd().split('\n').length > ADR_LINES,
  );
  expect(long).toEqual([]);
});
