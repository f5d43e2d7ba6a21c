import { writeFile } from 'node:fs/promises';
import { GuideMismatchError, type GuideRun } from './guide-run';
import type { Step } from './read-guide';
import { retell } from './retell';
import { NotKnownYetError } from './stand-ins';

/** Where a document is written to with what was really said; then nothing is checked. */
export const RETOLD_TO = process.env.CAUSEWAY_TEST_RETELL_TO;

/** What is to be repeated may never match while a guide is retold. */
export const RETOLD_PATIENCE = RETOLD_TO === undefined ? {} : { patienceMs: 60_000 };

/** @throws what `GuideRun.play` throws, but that something else was said, while the guide is retold */
export async function playOrRetell(run: GuideRun, step: Step): Promise<void> {
  try {
    await run.play(step);
  } catch (error) {
    const isToldAnyway = error instanceof GuideMismatchError || error instanceof NotKnownYetError;
    if (RETOLD_TO === undefined || !isToldAnyway) throw error;
  }
}

/** Stops what the guide has started; writes it down if it is retold. */
export async function endGuide(run: GuideRun, markdown: string): Promise<void> {
  if (RETOLD_TO !== undefined) await writeFile(RETOLD_TO, retell(markdown, run.told));
  await run.stop();
}
