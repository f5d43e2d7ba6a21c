import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freshDirectory } from '../../../test/support/fresh-directory';
import { claimDirectory } from './claim';
import { identityOf, isRunning } from './process-identity';

const directory = freshDirectory();

const claims = (): string => join(directory.path, 'postgres.claims');

it('of many claimants at once at most one holds, and the next one does after its release', async () => {
  const outcomes = await Promise.allSettled(
    Array.from({ length: 8 }, () => claimDirectory(claims(), 300)),
  );
  const held = outcomes.filter((outcome) => outcome.status === 'fulfilled');
  expect(held.length).toBeLessThanOrEqual(1);
  for (const outcome of held) outcome.value.release();
  const next = await claimDirectory(claims(), 0);
  next.release();
  expect(readdirSync(claims())).toEqual([]);
});

it('a claim that is held is refused with the holder and the directory it stands for', async () => {
  const claim = await claimDirectory(claims(), 0);
  await expect(claimDirectory(claims(), 0)).rejects.toMatchObject({
    refusal: 'DataDirectoryInUse',
    message: expect.stringContaining(
      `${directory.path}/postgres is in use by process ${process.pid}`,
    ) as string,
  });
  claim.release();
});

it('a claim of processes that are gone does not count', async () => {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
  const claim = await claimDirectory(claims(), 0);
  claim.extendTo(child.pid!);
  const identity = identityOf(child.pid!)!;
  claim.release();
  writeFileSync(join(claims(), 'somebody'), JSON.stringify([identity]));
  await expect(claimDirectory(claims(), 0)).rejects.toMatchObject({
    refusal: 'DataDirectoryInUse',
  });
  child.kill('SIGKILL');
  await once(child, 'exit');
  expect(isRunning(identity)).toBe(false);
  (await claimDirectory(claims(), 0)).release();
});

it('a process id that belongs to somebody else by now does not count', async () => {
  const claim = await claimDirectory(claims(), 0);
  claim.release();
  const reused = JSON.stringify([{ pid: process.pid, began: 'long ago' }]);
  writeFileSync(join(claims(), 'somebody'), reused);
  (await claimDirectory(claims(), 0)).release();
  expect(readdirSync(claims())).toEqual([]);
});

it('a claim whose claimant is gone is waited for as long as its keeper runs', async () => {
  const keeper = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
  (await claimDirectory(claims(), 0)).release();
  const gone = { pid: process.pid, began: 'long ago' };
  const kept = identityOf(keeper.pid!)!;
  writeFileSync(join(claims(), 'somebody'), JSON.stringify([gone, kept]));
  const waiting = claimDirectory(claims(), 30_000);
  setTimeout(() => keeper.kill('SIGKILL'), 400);
  (await waiting).release();
  expect(isRunning(kept)).toBe(false);
});

it('a claim that cannot be read does not count', async () => {
  (await claimDirectory(claims(), 0)).release();
  writeFileSync(join(claims(), 'somebody'), 'not json');
  (await claimDirectory(claims(), 0)).release();
});
