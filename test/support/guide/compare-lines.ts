import type { Known, StandIns } from './stand-ins';

const ANY_LINES = '…';

/** What a command may say, line by line, and what it said. */
export interface Lines {
  readonly shown: readonly string[];
  readonly real: readonly string[];
}

/** @returns what is known after it; undefined if something else was said */
export function matchLines(
  { shown, real }: Lines,
  standIns: StandIns,
  known: Known,
): Known | undefined {
  const [line, ...rest] = shown;
  if (line === undefined) return real.length === 0 ? known : undefined;
  if (line.trim() === ANY_LINES) {
    for (let skipped = 0; skipped <= real.length; skipped += 1) {
      const after = matchLines({ shown: rest, real: real.slice(skipped) }, standIns, known);
      if (after !== undefined) return after;
    }
    return undefined;
  }
  const [said, ...later] = real;
  const learnt = said === undefined ? undefined : standIns.match(line, said, known);
  return learnt && matchLines({ shown: rest, real: later }, standIns, learnt);
}

/** Both, with `-` before what was not said and `+` before what was said instead, in the words of the guide. */
export function differences({ shown, real }: Lines, standIns: StandIns, known: Known): string[] {
  const [line, ...rest] = shown;
  const [said, ...later] = real;
  if (line === undefined) return real.map((each) => `+ ${standIns.shown(each, known)}`);
  if (said === undefined) return shown.map((each) => `- ${each}`);
  const learnt = standIns.match(line, said, known);
  if (learnt !== undefined) {
    return [`  ${line}`, ...differences({ shown: rest, real: later }, standIns, learnt)];
  }
  // Lines that were put in, or that are missing, must not make all others look wrong.
  const comesLater = later.some((each) => standIns.match(line, each, known) !== undefined);
  return comesLater
    ? [`+ ${standIns.shown(said, known)}`, ...differences({ shown, real: later }, standIns, known)]
    : [`- ${line}`, ...differences({ shown: rest, real }, standIns, known)];
}
