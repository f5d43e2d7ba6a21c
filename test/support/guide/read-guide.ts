/** A Markdown document whose commands can be executed. See `readGuide` for how it is written. */
export interface Guide {
  /** By `## ` heading; what stands before the first one has the title of the document. */
  readonly sections: readonly Section[];
  readonly standIns: readonly StandIn[];
  /** What these match differs each time, and stands for whatever else they match. */
  readonly passing: readonly string[];
}

interface Section {
  readonly title: string;
  readonly steps: readonly Step[];
}

/** A text of the guide that stands for another one of the same form when it is executed. */
export interface StandIn {
  readonly shown: string;
  /** Regular expression of what it may stand for; undefined: whoever executes the guide gives it. */
  readonly pattern: string | undefined;
}

export type Step = FileStep | CommandStep | AsideStep;

export interface FileStep {
  readonly kind: 'file';
  readonly line: number;
  readonly path: string;
  readonly text: string;
  /** At the end of what is there already. */
  readonly isAdded: boolean;
}

export interface CommandStep {
  readonly kind: 'command';
  /** Of the document, counted from 1. */
  readonly line: number;
  /** Directory that it runs in, as its prompt says: `north$ `; empty for `$ `. */
  readonly where: string;
  readonly command: string;
  /** What it says, without blank lines at the end. */
  readonly says: readonly string[];
  /** It is given again until it says that. */
  readonly isRepeated: boolean;
}

/** Something that happens elsewhere before the guide goes on. */
export interface AsideStep {
  readonly kind: 'aside';
  readonly line: number;
  readonly what: string;
}

/** The guide cannot be read; the message begins with the line. */
export class GuideError extends Error {
  override readonly name = 'GuideError';

  constructor(line: number, message: string) {
    super(`line ${line}: ${message}`);
  }
}

const FENCE = /^(```+)(\w*)(?: +(>> )?(\S+))?\s*$/;
const PROMPT = /^([a-z][a-z0-9-]*)?\$ (.+)$/;
const REMARK = /^<!-- guide: (.*?)( -->)?$/;
const HEADING = /^##? (.+)$/;
const CONTINUED = '> ';

/**
 * - ` ```console ` holds commands, after `$ `, or after `north$ ` if they run in the directory `north`, and what they
 *   say. A command goes on after `> `; one that ends in ` &` runs on.
 * - ` ```yaml north/causeway.yaml ` is written to that file, ` ```yaml >> north/causeway.yaml ` to its end.
 * - `<!-- guide: the same throughout`, one stand-in a line, `-->`: the text, and the regular expression of what it
 *   stands for, or `given`.
 * - `<!-- guide: different each time`, one regular expression a line, `-->`.
 * - `<!-- guide: repeated until it matches -->` before a block: so is each of its commands.
 * - `<!-- guide: meanwhile WHAT -->`: an aside.
 * - `…` as a line of what is said stands for any lines, within a line for any text. Runs of spaces are all alike.
 *
 * @throws GuideError
 */
export function readGuide(markdown: string): Guide {
  return new Reader(markdown).read();
}

interface Block {
  readonly line: number;
  readonly language: string;
  readonly path: string | undefined;
  readonly isAdded: boolean;
  readonly lines: readonly string[];
}

class Reader {
  private readonly lines: readonly string[];
  private readonly sections: { readonly title: string; readonly steps: Step[] }[] = [];
  private readonly standIns: StandIn[] = [];
  private readonly passing: string[] = [];
  private isRepeated = false;
  private at = 0;

  constructor(markdown: string) {
    this.lines = markdown.split('\n');
  }

  read(): Guide {
    while (this.at < this.lines.length) {
      const line = this.lines[this.at] ?? '';
      this.at += 1;
      const heading = HEADING.exec(line)?.[1];
      if (heading !== undefined) this.sections.push({ title: heading, steps: [] });
      else if (line.startsWith('```')) this.take(this.block(line));
      else if (line.startsWith('<!-- guide:')) this.remark(line);
    }
    const { sections, standIns, passing } = this;
    return { sections, standIns, passing };
  }

  private add(step: Step): void {
    const section = this.sections.at(-1);
    if (section === undefined) throw new GuideError(step.line, 'no heading before it');
    section.steps.push(step);
  }

  private block(opening: string): Block {
    const [, ticks = '```', language = '', added, path] = FENCE.exec(opening) ?? [];
    const line = this.at;
    return { line, language, path, isAdded: added !== undefined, lines: this.until(ticks) };
  }

  private until(closing: string): string[] {
    const from = this.at;
    const end = this.lines.indexOf(closing, from);
    if (end < 0) throw new GuideError(from, `nothing closes it: ${closing}`);
    this.at = end + 1;
    return this.lines.slice(from, end);
  }

  private take({ line, language, path, isAdded, lines }: Block): void {
    if (language === 'console') {
      this.commands(line, lines);
    } else if (path !== undefined) {
      this.add({ kind: 'file', line, path, text: `${lines.join('\n')}\n`, isAdded });
    }
  }

  private commands(line: number, lines: readonly string[]): void {
    const { isRepeated } = this;
    this.isRepeated = false;
    let index = 0;
    while (index < lines.length) {
      const begins = line + index + 1;
      const [, where = '', first] = PROMPT.exec(lines[index] ?? '') ?? [];
      if (first === undefined) throw new GuideError(begins, 'a command must come first: $ …');
      const words = [first];
      while (lines[index + 1]?.startsWith(CONTINUED) === true) {
        index += 1;
        words.push(lines[index]?.slice(CONTINUED.length) ?? '');
      }
      if (words.at(-1)?.endsWith('\\') === true) {
        throw new GuideError(begins, 'must go on after "> "');
      }
      const rest = lines.slice(index + 1);
      const next = rest.findIndex((each) => PROMPT.test(each));
      const says = withoutBlankEnd(next < 0 ? rest : rest.slice(0, next));
      const command = words.join('\n');
      this.add({ kind: 'command', line: begins, where, command, says, isRepeated });
      index = next < 0 ? lines.length : index + 1 + next;
    }
  }

  private remark(line: string): void {
    const begins = this.at;
    const [, what = '', closed] = REMARK.exec(line) ?? [];
    const lines = closed === undefined ? this.until('-->').filter((each) => each !== '') : [];
    if (what === 'the same throughout') this.standIns.push(...lines.map(standIn));
    else if (what === 'different each time') this.passing.push(...lines);
    else if (what === 'repeated until it matches') this.isRepeated = true;
    else if (what.startsWith('meanwhile ')) {
      this.add({ kind: 'aside', line: begins, what: what.slice('meanwhile '.length) });
    } else throw new GuideError(begins, `not known: guide: ${what}`);
  }
}

function standIn(line: string): StandIn {
  const [shown = '', pattern] = line.trim().split(/\s+/);
  return { shown, pattern: pattern === 'given' ? undefined : pattern };
}

/** Blank lines at the end are for the eye. */
export function withoutBlankEnd(lines: readonly string[]): readonly string[] {
  const last = lines.findLastIndex((line) => line.trim() !== '');
  return lines.slice(0, last + 1);
}
