import { RateError } from './rate-error';

/** A JSON number as it was written; a float could not tell 1.1 from what is near it. */
export class NumberText {
  constructor(readonly text: string) {}
}

export type JsonText =
  string | boolean | null | NumberText | readonly JsonText[] | ReadonlyMap<string, JsonText>;

/** Deeper than any document of rates. */
const MAX_DEPTH = 32;
const SPACE = /[ \t\r\n]*/y;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
// eslint-disable-next-line no-control-regex -- control characters are what a JSON string must not hold
const STRING = /"[^"\\\u0000-\u001f]*(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})[^"\\\u0000-\u001f]*)*"/y;
const WORDS: readonly (readonly [string, boolean | null])[] = [
  ['true', true],
  ['false', false],
  ['null', null],
];

/**
 * Reads JSON with the text of its numbers. Of two members with one name nobody knows which one
 * counts, so there must not be any.
 * @throws RateError not-json
 */
export function readJsonText(text: string): JsonText {
  return new Reading(text).all();
}

class Reading {
  private at = 0;

  constructor(private readonly text: string) {}

  all(): JsonText {
    const value = this.value(0);
    if (this.at < this.text.length) throw this.fault();
    return value;
  }

  /** With the white space on both sides. */
  private value(depth: number): JsonText {
    if (depth > MAX_DEPTH) throw new RateError('', 'not-json', `it is more than ${MAX_DEPTH} deep`);
    this.take(SPACE);
    const value = this.bare(depth);
    this.take(SPACE);
    return value;
  }

  private bare(depth: number): JsonText {
    switch (this.text.charAt(this.at)) {
      case '{':
        return this.object(depth);
      case '[':
        return this.list(depth);
      case '"':
        return this.string();
      default:
        return this.word();
    }
  }

  private object(depth: number): ReadonlyMap<string, JsonText> {
    const members = new Map<string, JsonText>();
    this.each('}', () => {
      this.take(SPACE);
      const name = this.string();
      if (members.has(name)) throw new RateError(name, 'twice');
      this.take(SPACE);
      this.skip(':');
      members.set(name, this.value(depth + 1));
    });
    return members;
  }

  private list(depth: number): readonly JsonText[] {
    const values: JsonText[] = [];
    this.each(']', () => values.push(this.value(depth + 1)));
    return values;
  }

  /** What stands between the bracket that is next and `end`, with a comma after each but the last. */
  private each(end: string, read: () => void): void {
    this.at += 1;
    this.take(SPACE);
    if (this.text.charAt(this.at) !== end) {
      read();
      while (this.text.charAt(this.at) === ',') {
        this.at += 1;
        read();
      }
    }
    this.skip(end);
  }

  private string(): string {
    return String(JSON.parse(this.need(STRING)));
  }

  private word(): JsonText {
    const found = WORDS.find(([word]) => this.text.startsWith(word, this.at));
    if (found === undefined) return new NumberText(this.need(NUMBER));
    this.at += found[0].length;
    return found[1];
  }

  private skip(character: string): void {
    if (this.text.charAt(this.at) !== character) throw this.fault();
    this.at += 1;
  }

  private need(pattern: RegExp): string {
    const taken = this.take(pattern);
    if (taken === undefined) throw this.fault();
    return taken;
  }

  private take(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.at;
    const taken = pattern.exec(this.text)?.[0];
    this.at += taken?.length ?? 0;
    return taken;
  }

  private fault(): RateError {
    return new RateError('', 'not-json', `at character ${this.at + 1}`);
  }
}
