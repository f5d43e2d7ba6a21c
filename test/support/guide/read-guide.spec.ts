import { GuideError, readGuide } from './read-guide';

const markdown = (...lines: string[]): string => ['# A guide', ...lines].join('\n');
const stepsOf = (...lines: string[]) =>
  readGuide(markdown(...lines)).sections.flatMap(({ steps }) => steps);

describe('readGuide', () => {
  it('takes commands, where they run and what they say, with the line they stand in', () => {
    const steps = stepsOf(
      '```console',
      'north$ causeway peers',
      'one',
      '',
      'two',
      '',
      '$ ls',
      '```',
    );
    expect(steps).toEqual([
      {
        kind: 'command',
        line: 3,
        where: 'north',
        command: 'causeway peers',
        says: ['one', '', 'two'],
        isRepeated: false,
      },
      { kind: 'command', line: 8, where: '', command: 'ls', says: [], isRepeated: false },
    ]);
  });

  it('goes on with a command after an angle bracket', () => {
    const [step] = stepsOf('```console', '$ one \\', '> two', '> three', 'said', '```');
    expect(step).toMatchObject({ command: 'one \\\ntwo\nthree', says: ['said'] });
  });

  it('takes files by the path after the language, and passes every other block over', () => {
    const file = ['```yaml north/a.yaml', 'a: 1', '```'];
    const more = ['```yaml >> north/a.yaml', 'c: 3', '```'];
    const path = 'north/a.yaml';
    expect(stepsOf(...file, '```yaml', 'b: 2', '```', ...more)).toEqual([
      { kind: 'file', line: 2, path, text: 'a: 1\n', isAdded: false },
      { kind: 'file', line: 8, path, text: 'c: 3\n', isAdded: true },
    ]);
  });

  it('takes stand-ins, patterns and asides from remarks', () => {
    const guide = readGuide(
      markdown(
        '<!-- guide: the same throughout',
        'abc   [a-z]{3}',
        'here  given',
        '-->',
        '<!-- guide: different each time',
        String.raw`\d+ ms`,
        '-->',
        '## Part',
        '<!-- guide: meanwhile alice pays -->',
      ),
    );
    expect(guide.standIns).toEqual([
      { shown: 'abc', pattern: '[a-z]{3}' },
      { shown: 'here', pattern: undefined },
    ]);
    expect(guide.passing).toEqual([String.raw`\d+ ms`]);
    expect(guide.sections).toEqual([
      { title: 'A guide', steps: [] },
      { title: 'Part', steps: [{ kind: 'aside', line: 10, what: 'alice pays' }] },
    ]);
  });

  it('repeats the commands of the next block only', () => {
    const steps = stepsOf(
      '<!-- guide: repeated until it matches -->',
      ...['```console', '$ one', '```', '```console', '$ two', '```'],
    );
    expect(steps).toMatchObject([{ isRepeated: true }, { isRepeated: false }]);
  });

  it.each([
    ['output before any command', ['```console', 'said', '```'], 'line 3'],
    ['a block that nothing closes', ['```console', '$ ls'], 'line 2'],
    ['a command that breaks off', ['```console', '$ one \\', 'two', '```'], 'line 3'],
    ['a remark that it does not know', ['<!-- guide: repeat -->'], 'guide: repeat'],
  ])('refuses %s', (_, lines, message) => {
    expect(() => readGuide(markdown(...lines))).toThrow(GuideError);
    expect(() => readGuide(markdown(...lines))).toThrow(message);
  });
});
