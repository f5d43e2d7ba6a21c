import type { JsonObject, JsonValue } from './canonical-json';

/** What may be wrong with a member of any payload. */
export type MemberRule =
  'missing' | 'unexpected' | 'not-text' | 'not-an-integer' | 'not-one-of-the-known';

/**
 * Reads the members of a payload, strictly: each must be there and be of its kind, and nothing may
 * be left over. Every method fails with the member and the rule, as whoever reads says it.
 */
export abstract class PayloadMembers<Rule extends string = MemberRule> {
  /** A list, for there are few: quicker to fill and to search than a set. */
  private readonly read: string[] = [];

  constructor(private readonly payload: JsonObject) {}

  text(member: string): string {
    const value = this.required(member);
    return typeof value === 'string' ? value : this.fail(member, 'not-text');
  }

  oneOf<Value extends string>(member: string, values: readonly Value[]): Value {
    const text = this.text(member);
    const known = values.find((value) => value === text);
    return known ?? this.fail(member, 'not-one-of-the-known');
  }

  integer(member: string): number {
    const value = this.required(member);
    if (typeof value === 'number' && Number.isSafeInteger(value)) return value;
    return this.fail(member, 'not-an-integer');
  }

  has(member: string): boolean {
    return Object.hasOwn(this.payload, member) && this.payload[member] !== undefined;
  }

  /** Nothing may be left that was not asked for: it would be lost in silence. */
  finish(): void {
    for (const member of Object.keys(this.payload)) {
      if (this.has(member) && !this.read.includes(member)) this.fail(member, 'unexpected');
    }
  }

  abstract fail(member: string, rule: Rule | MemberRule): never;

  protected required(member: string): JsonValue {
    const value = this.has(member) ? this.payload[member] : undefined;
    if (value === undefined) return this.fail(member, 'missing');
    this.read.push(member);
    return value;
  }
}
