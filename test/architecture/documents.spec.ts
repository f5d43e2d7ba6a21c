import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

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

it('no decision takes more words than it may', () => {
  const long = documentsBelow('docs', 'adr').filter(
    (name) => readFileSync(join(ROOT, name), 'utf8').trimEnd().split('\n').length > ADR_LINES,
  );
  expect(long).toEqual([]);
});
