import { canonicalJson, type JsonValue } from '#eventsourcing';

/**
 * The canonical text of a JSON value from the text in which jsonb gives it back: keys in an order of
 * its own, a space after each colon and comma. Strings are written by both in the same way, so that
 * they are copied as they stand; where numbers might not be, the value is read and written anew.
 */
export function canonicalText(stored: string): string {
  return new Rewriting(stored).text() ?? canonicalJson(JSON.parse(stored) as JsonValue);
}

const QUOTE = 0x22;
const COMMA = 0x2c;
const MINUS = 0x2d;
const ZERO = 0x30;
const NINE = 0x39;
const BACKSLASH = 0x5c;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
/** As many digits as every whole number is exact with. */
const EXACT_DIGITS = 15;

interface Member {
  readonly key: string;
  readonly value: string;
}

class Rewriting {
  private at = 0;
  private isPlain = true;

  constructor(private readonly stored: string) {}

  /** undefined if there is something in it that has to be read to be written. */
  text(): string | undefined {
    const text = this.value();
    return this.isPlain && this.at === this.stored.length ? text : undefined;
  }

  private value(): string {
    switch (this.stored.charCodeAt(this.at)) {
      case OPEN_BRACE:
        return this.object();
      case OPEN_BRACKET:
        return this.list();
      case QUOTE:
        return this.string();
      default:
        return this.word();
    }
  }

  private object(): string {
    const members: Member[] = [];
    this.at += 1;
    while (this.isPlain && this.stored.charCodeAt(this.at) !== CLOSE_BRACE) {
      this.at += members.length === 0 ? 0 : 2;
      const key = this.string().slice(1, -1);
      // An escape stands for a character that has another place in the order.
      if (key.includes('\\')) this.isPlain = false;
      this.at += 2;
      insert(members, { key, value: this.value() });
    }
    this.at += 1;
    let text = '{';
    for (const { key, value } of members) text += `${text === '{' ? '' : ','}"${key}":${value}`;
    return `${text}}`;
  }

  private list(): string {
    let text = '[';
    this.at += 1;
    while (this.isPlain && this.stored.charCodeAt(this.at) !== CLOSE_BRACKET) {
      if (text !== '[') {
        this.at += 2;
        text += ',';
      }
      text += this.value();
    }
    this.at += 1;
    return `${text}]`;
  }

  /** With its quotes. */
  private string(): string {
    const from = this.at;
    let end = this.stored.indexOf('"', from + 1);
    while (end > 0 && this.isEscaped(end)) end = this.stored.indexOf('"', end + 1);
    if (end < 0) this.isPlain = false;
    this.at = end + 1;
    return this.stored.slice(from, end + 1);
  }

  private isEscaped(quote: number): boolean {
    let from = quote;
    while (this.stored.charCodeAt(from - 1) === BACKSLASH) from -= 1;
    return (quote - from) % 2 === 1;
  }

  /** A number, or true, false, null. */
  private word(): string {
    const from = this.at;
    const isNumber = isDigitOrMinus(this.stored.charCodeAt(from));
    let isWhole = true;
    while (this.at < this.stored.length) {
      const code = this.stored.charCodeAt(this.at);
      if (code === COMMA || code === CLOSE_BRACE || code === CLOSE_BRACKET) break;
      if (code < ZERO || code > NINE) isWhole = false;
      this.at += 1;
    }
    if (this.at === from || (isNumber && !(isWhole && this.at - from <= EXACT_DIGITS))) {
      this.isPlain = false;
    }
    return this.stored.slice(from, this.at);
  }
}

function isDigitOrMinus(code: number): boolean {
  return code === MINUS || (code >= ZERO && code <= NINE);
}

/** Keeps the members in the order of their keys; that of jsonb is seldom far from it. */
function insert(members: Member[], member: Member): void {
  let place = members.length;
  let before = members[place - 1];
  while (before !== undefined && before.key > member.key) {
    members[place] = before;
    place -= 1;
    before = members[place - 1];
  }
  members[place] = member;
}
