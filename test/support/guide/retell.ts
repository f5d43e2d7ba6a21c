import { withoutBlankEnd } from './read-guide';

/** What a command has really said, in the words of the guide. */
export interface Told {
  /** Of its prompt; as many further ones belong to it as its command has. */
  readonly line: number;
  readonly command: string;
  /** As the guide has it. */
  readonly says: readonly string[];
  readonly said: readonly string[];
}

/** The guide with what was really said in place of what it said before. */
export function retell(markdown: string, told: readonly Told[]): string {
  const lines = markdown.split('\n');
  const lastFirst = [...told].sort((one, other) => other.line - one.line);
  for (const { line, command, says, said } of lastFirst) {
    const from = line - 1 + command.split('\n').length;
    lines.splice(from, says.length, ...withoutBlankEnd(said));
  }
  return lines.join('\n');
}
