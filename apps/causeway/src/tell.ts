import type { Shell } from './shell';

interface Hearer {
  readonly options: { readonly json?: boolean };
  readonly shell: Shell;
}

/**
 * Prints an answer: as one line of JSON where that was asked for, else for people.
 * @param linesOf is called only for people, and may refuse an answer that it cannot read
 */
export function tell<T>(
  answer: T,
  linesOf: (answer: T) => readonly string[],
  hearer: Hearer,
): void {
  const { options, shell } = hearer;
  if (options.json === true) shell.print(JSON.stringify(answer));
  else for (const line of linesOf(answer)) shell.print(line);
}
