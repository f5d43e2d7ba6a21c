export interface ConfigurationProblem {
  /** The file, or `environment NAME`, or `override`: where the operator has to look. */
  readonly file: string;
  /** Path of the key, as `peers[0].ledger.prefix`; empty for the file as a whole. */
  readonly key: string;
  /** What must hold. Never repeats a secret. */
  readonly rule: string;
}

/** Everything that is wrong with a configuration, at once; the message has one line per problem. */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError';

  constructor(readonly problems: readonly ConfigurationProblem[]) {
    super(problems.map(lineOf).join('\n'));
  }
}

function lineOf({ file, key, rule }: ConfigurationProblem): string {
  return key === '' ? `${file}: ${rule}` : `${file}: ${key}: ${rule}`;
}
