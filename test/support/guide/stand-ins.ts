import type { Guide } from './read-guide';

/** Texts of the guide, and what they stand for in this execution. */
export type Known = ReadonlyMap<string, string>;

/** The guide uses something before it can be known what it stands for. */
export class NotKnownYetError extends Error {
  override readonly name = 'NotKnownYetError';
}

const ANYTHING = '…';

/** Translates between what a guide shows and what is so when it is executed. */
export class StandIns {
  /** The longest first: one may be part of another. */
  private readonly patterns: readonly (readonly [shown: string, pattern: string | undefined])[];
  private readonly passing: readonly RegExp[];

  constructor({ standIns, passing }: Pick<Guide, 'standIns' | 'passing'>) {
    this.patterns = standIns
      .map(({ shown, pattern }) => [shown, pattern] as const)
      .sort(([one], [other]) => other.length - one.length);
    this.passing = passing.map((pattern) => new RegExp(pattern, 'y'));
  }

  /**
   * A command or a file of the guide, as it is executed or written.
   * @throws NotKnownYetError
   */
  real(shown: string, known: Known): string {
    return replaceAll(
      shown,
      this.patterns.map(([text]) => text),
      (text) => {
        const value = known.get(text);
        if (value === undefined) throw new NotKnownYetError(`what ${text} stands for`);
        return value;
      },
    );
  }

  /** What was said, in the words of the guide as far as they are known. */
  shown(real: string, known: Known): string {
    const names = new Map([...known].reverse().map(([shown, value]) => [value, shown]));
    const values = [...names.keys()].sort((one, other) => other.length - one.length);
    return replaceAll(real, values, (value) => names.get(value) ?? value);
  }

  /**
   * Whether a line of the guide may be said as `real`.
   * @returns what is known then; undefined if it may not
   */
  match(shown: string, real: string, known: Known): Known | undefined {
    const opened: string[] = [];
    const match = new RegExp(`^ *${this.pattern(shown, known, opened)} *$`).exec(real);
    if (match === null) return undefined;
    const learnt = new Map(known);
    opened.forEach((text, index) => learnt.set(text, match.groups?.[`s${index}`] ?? ''));
    return learnt;
  }

  private pattern(shown: string, known: Known, opened: string[]): string {
    let pattern = '';
    for (let at = 0; at < shown.length;) {
      const [length, part] =
        this.standInAt(shown, at, { known, opened }) ??
        this.passingAt(shown, at) ??
        spacesAt(shown, at) ??
        ([1, shown[at] === ANYTHING ? '.*' : escaped(shown[at] ?? '')] as const);
      pattern += part;
      at += length;
    }
    return pattern;
  }

  private standInAt(
    shown: string,
    at: number,
    { known, opened }: { readonly known: Known; readonly opened: string[] },
  ): readonly [number, string] | undefined {
    const found = this.patterns.find(([text]) => shown.startsWith(text, at));
    if (found === undefined) return undefined;
    const [text, pattern] = found;
    const value = known.get(text);
    if (value !== undefined) return [text.length, escaped(value)];
    if (pattern === undefined) throw new NotKnownYetError(`what ${text} stands for`);
    const before = opened.indexOf(text);
    if (before >= 0) return [text.length, `\\k<s${before}>`];
    opened.push(text);
    return [text.length, `(?<s${opened.length - 1}>${pattern})`];
  }

  private passingAt(shown: string, at: number): readonly [number, string] | undefined {
    for (const pattern of this.passing) {
      pattern.lastIndex = at;
      const length = pattern.exec(shown)?.[0].length ?? 0;
      if (length > 0) return [length, `(?:${pattern.source})`];
    }
    return undefined;
  }
}

/** Columns are as wide as what stands in them. */
function spacesAt(shown: string, at: number): readonly [number, string] | undefined {
  const spaces = /^ +/.exec(shown.slice(at))?.[0];
  return spaces === undefined ? undefined : [spaces.length, ' +'];
}

function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
}

/** In one go, so that nothing is replaced in what has been put in; earlier texts go first. */
function replaceAll(
  text: string,
  wanted: readonly string[],
  replacement: (found: string) => string,
): string {
  if (wanted.length === 0) return text;
  return text.replace(new RegExp(wanted.map(escaped).join('|'), 'g'), replacement);
}
