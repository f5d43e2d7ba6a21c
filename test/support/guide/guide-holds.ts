import { join } from 'node:path';
import { onCommandLine } from '../command-line';
import type { GuideRun } from './guide-run';
import type { Guide } from './read-guide';
import { playOrRetell } from './retelling';

/** The guide that is run, as it stands once it has begun. */
interface Scene {
  readonly run: GuideRun;
  readonly directory: string;
}

/**
 * Registers the tests of a guide with two connectors, north and south: that each section says what is
 * so, in the order of the guide, and that the log of either bears out what came of it.
 */
export function guideHolds(guide: Guide, scene: () => Scene, sectionWithinMs: number): void {
  it.each(guide.sections.map(({ title, steps }) => [title, steps] as const))(
    'says what is so: %s',
    async (_, steps) => {
      for (const step of steps) await playOrRetell(scene().run, step);
    },
    sectionWithinMs,
  );

  it(
    'and what has happened by it is proved by the audits of both',
    async () => {
      for (const side of ['north', 'south']) {
        const data = join(scene().directory, side, '.causeway');
        expect(await onCommandLine('audit', 'verify', '--data', data)).toMatchObject({ code: 0 });
      }
    },
    sectionWithinMs,
  );
}
