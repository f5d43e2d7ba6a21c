/** A JSON number as it was written, so that none is rounded unseen. */
export class JsonNumber {
  constructor(readonly text: string) {}

  /** The nearest double, as `JSON.parse` has it. */
  get value(): number {
    return Number(this.text);
  }
}

/** A map, so that no name of a member can mean anything to us. */
export type JsonObject = Map<string, JsonValue>;
export type JsonValue = null | boolean | string | JsonNumber | JsonValue[] | JsonObject;

export type ExactJsonRule = 'not-json' | 'too-deep' | 'repeated-member';

export class ExactJsonError extends Error {
  override readonly name = 'ExactJsonError';

  constructor(
    readonly rule: ExactJsonRule,
    /** The name that repeats. */
    readonly member = '',
  ) {
    super(rule);
  }
}

export interface ExactJsonOptions {
  /** So many lists and objects within each other, at most. */
  readonly maxDepth: number;
  /** What holds where a name repeats in an object; `JSON.parse` lets the last one count. */
  readonly repeated?: 'last-counts' | 'refused';
}

/**
 * Reads what `JSON.parse` reads, with every number exact, and no deeper than told. Linear in the
 * length of the text.
 * @throws ExactJsonError
 */
export function parseExactJson(text: string, options: ExactJsonOptions): JsonValue {
  return new JsonReader(text, options).document();
}

const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const SPACE = /[ \t\n\r]*/y;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const FIRST_PRINTABLE = 0x20;

class JsonReader {
  private at = 0;

  constructor(
    private readonly text: string,
    private readonly options: ExactJsonOptions,
  ) {}

  document(): JsonValue {
    const value = this.value(0);
    this.skipSpace();
    if (this.at < this.text.length) throw new ExactJsonError('not-json');
    return value;
  }

  private value(depth: number): JsonValue {
    this.skipSpace();
    switch (this.text[this.at]) {
      case '{':
        return this.object(this.deeper(depth));
      case '[':
        return this.list(this.deeper(depth));
      case '"':
        return this.string();
      case 't':
        return this.word('true', true);
      case 'f':
        return this.word('false', false);
      case 'n':
        return this.word('null', null);
      default:
        return this.number();
    }
  }

  private deeper(depth: number): number {
    if (depth >= this.options.maxDepth) throw new ExactJsonError('too-deep');
    this.at += 1;
    return depth + 1;
  }

  private object(depth: number): JsonObject {
    const members = new Map<string, JsonValue>();
    if (this.ends('}')) return members;
    do {
      this.skipSpace();
      const name = this.string();
      if (this.options.repeated === 'refused' && members.has(name)) {
        throw new ExactJsonError('repeated-member', name);
      }
      this.skipSpace();
      this.expect(':');
      members.set(name, this.value(depth));
    } while (this.goesOn('}'));
    return members;
  }

  private list(depth: number): JsonValue[] {
    const items: JsonValue[] = [];
    if (this.ends(']')) return items;
    do items.push(this.value(depth));
    while (this.goesOn(']'));
    return items;
  }

  private ends(end: string): boolean {
    this.skipSpace();
    if (this.text[this.at] !== end) return false;
    this.at += 1;
    return true;
  }

  private goesOn(end: string): boolean {
    if (this.ends(end)) return false;
    this.expect(',');
    return true;
  }

  private expect(character: string): void {
    if (this.text[this.at] !== character) throw new ExactJsonError('not-json');
    this.at += 1;
  }

  private word<T>(word: string, value: T): T {
    if (!this.text.startsWith(word, this.at)) throw new ExactJsonError('not-json');
    this.at += word.length;
    return value;
  }

  private number(): JsonNumber {
    NUMBER.lastIndex = this.at;
    const text = NUMBER.exec(this.text)?.[0];
    if (text === undefined) throw new ExactJsonError('not-json');
    this.at += text.length;
    return new JsonNumber(text);
  }

  private string(): string {
    this.expect('"');
    const start = this.at;
    let isPlain = true;
    for (let code = this.text.charCodeAt(this.at); code !== QUOTE;) {
      // Beyond the end the code is NaN.
      if (!(code >= FIRST_PRINTABLE)) throw new ExactJsonError('not-json');
      if (code === BACKSLASH) isPlain = false;
      this.at += code === BACKSLASH ? 2 : 1;
      code = this.text.charCodeAt(this.at);
    }
    this.at += 1;
    return isPlain ? this.text.slice(start, this.at - 1) : this.unescaped(start - 1);
  }

  private unescaped(start: number): string {
    try {
      return String(JSON.parse(this.text.slice(start, this.at)));
    } catch {
      throw new ExactJsonError('not-json');
    }
  }

  private skipSpace(): void {
    SPACE.lastIndex = this.at;
    SPACE.exec(this.text);
    this.at = SPACE.lastIndex;
  }
}
