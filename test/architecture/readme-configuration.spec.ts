import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { configurationReference } from '#platform';

const readme = join(__dirname, '..', '..', 'README.md');
const BEGIN = '<!-- configuration -->';
const END = '<!-- /configuration -->';

describe('the configuration table of the README', () => {
  it('is what the schema says', () => {
    const text = readFileSync(readme, 'utf8');
    const begin = text.indexOf(BEGIN);
    const end = text.indexOf(END);
    expect(begin).toBeGreaterThanOrEqual(0);
    expect(end).toBeGreaterThan(begin);
    expect(cells(text.slice(begin + BEGIN.length, end))).toEqual(cells(configurationReference()));
  });
});

/** The table without the spaces that only line up its columns. */
function cells(markdown: string): string[] {
  return markdown
    .trim()
    .split('\n')
    .map((line) => line.replace(/\s*\|\s*/g, '|').replace(/-{3,}/g, '---'));
}
