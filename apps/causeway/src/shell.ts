/** What a command may touch of the process it runs in. */
export interface Shell {
  readonly env: NodeJS.ProcessEnv;
  /** One line to standard output: results. */
  print(line: string): void;
  /** One line to standard error: progress and remarks. */
  note(line: string): void;
}

export const processShell = (env: NodeJS.ProcessEnv): Shell => ({
  env,
  print: (line) => void process.stdout.write(`${line}\n`),
  note: (line) => void process.stderr.write(`causeway: ${line}\n`),
});
