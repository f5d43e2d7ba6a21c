import { readGuide } from './read-guide';
import { retell } from './retell';

it('puts what was said in the place of what the guide said, and leaves all else', () => {
  const guide = [
    '# A guide',
    '```console',
    '$ one \\',
    '> more',
    'old',
    'older',
    '',
    '$ two',
    '```',
  ];
  const markdown = [...guide, 'And so on.', '```console', '$ three', 'stays', '```', ''].join('\n');
  const steps = readGuide(markdown).sections.flatMap((section) => section.steps);
  const said = [['new'], ['something', 'more', ''], ['stays']];
  const told = steps.flatMap((step, index) =>
    step.kind === 'command' ? [{ ...step, said: said[index] ?? [] }] : [],
  );
  expect(retell(markdown, told).split('\n')).toEqual([
    ...['# A guide', '```console', '$ one \\', '> more', 'new', '', '$ two', 'something', 'more'],
    ...['```', 'And so on.', '```console', '$ three', 'stays', '```', ''],
  ]);
});
