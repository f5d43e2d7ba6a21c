import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

test('stories of networks fail where a rule of the routing core is broken, and say where', () => {
  const { stdout, stderr } = spawnSync(process.execPath, [join(__dirname, 'mutants.cjs')], {
    encoding: 'utf8',
  });
  const lines = stdout.trim().split('\n');
  expect(stderr).toBe('');
  expect(lines.length).toBeGreaterThan(8);
  const failure = /^noticed [a-z -]+: seed \d+ \([a-z]+, paths\), step \d+: [a-z-]+: ./;
  expect(lines.filter((line) => !failure.test(line))).toEqual([]);
}, 120_000);
