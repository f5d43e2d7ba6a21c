import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freshDirectory } from '../fresh-directory';
import { GuideMismatchError, GuideRun, type GuideRunOptions } from './guide-run';
import { readGuide } from './read-guide';

const directory = freshDirectory();

const DECLARED = `
<!-- guide: the same throughout
s3cret    [a-f0-9]{6}
example   given
-->
<!-- guide: different each time
\\d+ ms
-->`;

/** Executes the guide; resolves with the run when all has matched. */
async function play(text: string, more: Partial<GuideRunOptions> = {}): Promise<GuideRun> {
  const guide = readGuide(`# A guide\n${DECLARED}\n${text}`);
  const given = { example: 'reality' };
  const run = await GuideRun.begin({ guide, directory: directory.path, given, ...more });
  try {
    for (const { steps } of guide.sections) for (const step of steps) await run.play(step);
  } finally {
    await run.stop();
  }
  return run;
}

const block = (...lines: string[]): string => ['```console', ...lines, '```'].join('\n');
const mismatch = async (text: string, more: Partial<GuideRunOptions> = {}): Promise<string> => {
  const error: unknown = await play(text, more).catch((reason: unknown) => reason);
  if (!(error instanceof GuideMismatchError)) throw new Error(`no mismatch: ${String(error)}`);
  return error.message;
};

describe('GuideRun', () => {
  it('passes over output that is as the guide shows it', async () => {
    await play(block('$ echo one; echo two >&2', 'one', 'two', '', "$ printf 'a   b\\n'", 'a b'));
  });

  it('shows a wrong line beside what was said instead', async () => {
    const message = await mismatch(block('$ echo one; echo two; echo three', 'one', '2', 'three'));
    expect(message.split('\n')).toEqual([
      expect.stringMatching(/^line \d+: \$ echo one; echo two; echo three$/),
      '  one',
      '- 2',
      '+ two',
      '  three',
      '(it ended with 0)',
    ]);
  });

  it.each([
    ['a line is missing', block('$ echo one', 'one', 'two'), '- two'],
    ['a line is too many', block('$ echo one; echo two', 'one'), '+ two'],
    ['nothing is said where something should be', block('$ true', 'one'), '- one'],
    ['it fails without a word', block('$ false'), '(it ended with 1)'],
    ['a program is not there', block('$ no-such-program', 'one'), 'not found'],
    [
      'a known value is another one',
      block('$ echo abcdef; echo 123456', 's3cret', 's3cret'),
      '- s3',
    ],
  ])('fails where %s', async (_, text, shown) => {
    expect(await mismatch(text)).toContain(shown);
  });

  it('speaks of what it knows in the words of the guide', async () => {
    const text = block('$ echo abcdef', 's3cret', '$ echo reality abcdef', 'example 123456');
    expect(await mismatch(text)).toContain('+ example s3cret');
  });

  it('pastes what one command has said into the next one', async () => {
    const text = block(
      '$ echo is: abcdef in 12 ms',
      'is: s3cret in 99 ms',
      '$ echo s3cret',
      's3cret',
    );
    expect((await play(text)).real('s3cret')).toBe('abcdef');
  });

  it('skips lines for an ellipsis, and goes on behind it', async () => {
    await play(block('$ seq 1 9', '1', '…', '8', '9'));
    expect(await mismatch(block('$ seq 1 9', '…', '10'))).toContain('- 10');
  });

  it('writes files and runs commands where the prompt says', async () => {
    await play(
      `\`\`\`yaml north/a.yaml\nat: example\n\`\`\`\n${block('north$ cat a.yaml', 'at: example')}`,
    );
    expect(await readFile(join(directory.path, 'north', 'a.yaml'), 'utf8')).toBe('at: reality\n');
  });

  it('keeps the exit code for the next command', async () => {
    await play(block('$ (exit 3); echo $?', '3', '$ echo no; exit 4', 'no', '$ echo $?', '4'));
  });

  it('repeats a command until it says what it should, for as long as there is patience', async () => {
    const counts = block('$ echo x >> counted; wc -l < counted', '3');
    await play(`<!-- guide: repeated until it matches -->\n${counts}`);
    const never = `<!-- guide: repeated until it matches -->\n${block('$ echo one', 'two')}`;
    expect(await mismatch(never, { patienceMs: 6_000 })).toContain('+ one');
  });

  it('leaves a command running until the end, and stops it then', async () => {
    const forever =
      '$ sh -c "trap \'echo stopped >> told; exit 0\' TERM; echo up; while :; do sleep 0.05; done" &';
    await play(block(forever, 'up', '$ echo and on', 'and on'));
    expect(await readFile(join(directory.path, 'told'), 'utf8')).toBe('stopped\n');
  });

  it('does not wait for a command that has ended instead of running on', async () => {
    expect(await mismatch(block('$ sh -c "exit 5" &', 'up'))).toContain('(it ended with 5)');
  });

  it('does elsewhere what an aside says, and knows which there are', async () => {
    const done: string[] = [];
    const asides = { 'alice pays': () => Promise.resolve(void done.push('paid')) };
    await play('<!-- guide: meanwhile alice pays -->', { asides });
    expect(done).toEqual(['paid']);
    expect(await mismatch('<!-- guide: meanwhile bob pays -->', { asides })).toContain('bob pays');
  });

  it('has the command line of this checkout', async () => {
    await play(block('$ npm install', 'npm install: not for a guide'));
    expect(await mismatch(block('$ causeway no-such-command', ''))).toContain('no-such-command');
  });
});
