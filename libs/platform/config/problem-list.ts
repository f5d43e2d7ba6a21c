import type { z } from 'zod';
import type { ConfigurationProblem } from './configuration-error';
import { keyOf, type SourceDocument } from './source-document';

/** Collects what is wrong while everything else goes on being checked. */
export class ProblemList {
  readonly problems: ConfigurationProblem[];

  constructor(private readonly source: SourceDocument) {
    this.problems = [...source.problems];
  }

  add(key: string, rule: string): void {
    this.problems.push({ file: this.source.originOf(key), key, rule });
  }

  /** The value as the schema reads it, or undefined with its problems on the list. */
  read<S extends z.ZodType>(schema: S, value: unknown, key: string): z.output<S> | undefined {
    const result = schema.safeParse(value);
    if (result.success) return result.data;
    for (const issue of result.error.issues) this.addIssue(issue, key);
    return undefined;
  }

  private addIssue(issue: z.core.$ZodIssue, key: string): void {
    const path = keyOf(issue.path);
    const at = path === '' ? key : `${key}.${path}`;
    if (issue.code === 'unrecognized_keys') {
      for (const unknown of issue.keys) this.add(`${at}.${unknown}`, 'is not a known key');
    } else {
      this.add(at, issue.code === 'invalid_type' ? shapeOf(issue.expected) : issue.message);
    }
  }
}

function shapeOf(expected: string): string {
  return expected === 'array' ? 'must be a list' : 'must be a mapping of keys';
}
