import type { JsonObject, JsonValue } from '#eventsourcing';
import { type LedgerId, ledgerId, type TransferId, transferId } from './identifiers';
import { UnreadableEventError, type UnreadableEventRule } from './unreadable-event-error';

const UNSIGNED = /^(?:0|[1-9][0-9]{0,77})$/;
const SIGNED = /^(?:0|-?[1-9][0-9]{0,77})$/;

/** What is being read, for the error that says so. */
export interface PayloadSource {
  readonly type: string;
  readonly schemaVersion: number;
}

/**
 * Reads the members of a payload, strictly: each must be there and be of its kind, and nothing may
 * be left over. Every method throws UnreadableEventError with the path of the member.
 */
export class PayloadReader {
  /** A list, for there are few: quicker to fill and to search than a set. */
  private readonly read: string[] = [];

  constructor(
    private readonly source: PayloadSource,
    private readonly payload: JsonObject,
    private readonly path = '',
  ) {}

  text(member: string): string {
    const value = this.required(member);
    return typeof value === 'string' ? value : this.fail(member, 'not-text');
  }

  textOrNull(member: string): string | null {
    return this.required(member) === null ? null : this.text(member);
  }

  oneOf<Value extends string>(member: string, values: readonly Value[]): Value {
    const text = this.text(member);
    const known = values.find((value) => value === text);
    return known ?? this.fail(member, 'not-one-of-the-known');
  }

  /** Decimal text of a whole number that is not negative. */
  amount(member: string): bigint {
    const text = this.text(member);
    return UNSIGNED.test(text) ? BigInt(text) : this.fail(member, 'not-an-amount');
  }

  signedAmount(member: string): bigint {
    return this.signedAmountOrNull(member) ?? this.fail(member, 'not-an-amount');
  }

  signedAmountOrNull(member: string): bigint | null {
    const text = this.textOrNull(member);
    if (text === null) return null;
    return SIGNED.test(text) ? BigInt(text) : this.fail(member, 'not-an-amount');
  }

  integer(member: string): number {
    const value = this.required(member);
    if (typeof value === 'number' && Number.isSafeInteger(value)) return value;
    return this.fail(member, 'not-an-integer');
  }

  boolean(member: string): boolean {
    const value = this.required(member);
    return typeof value === 'boolean' ? value : this.fail(member, 'not-a-boolean');
  }

  bytes(member: string): Buffer {
    const text = this.text(member);
    const bytes = Buffer.from(text, 'base64url');
    // Node skips what it cannot read; only what comes back the same was base64url in one form.
    return bytes.toString('base64url') === text ? bytes : this.fail(member, 'not-base64url');
  }

  bytesOrNull(member: string): Buffer | null {
    return this.required(member) === null ? null : this.bytes(member);
  }

  ledgerId(member: string): LedgerId {
    return this.id(member, ledgerId);
  }

  transferId(member: string): TransferId {
    return this.id(member, transferId);
  }

  object(member: string): PayloadReader {
    const value = this.required(member);
    if (!isObject(value)) return this.fail(member, 'not-an-object');
    return new PayloadReader(this.source, value, `${this.path}${member}.`);
  }

  objects(member: string): PayloadReader[] {
    const list = this.required(member);
    if (!isList(list)) return this.fail(member, 'not-a-list');
    return list.map((value, index) => {
      if (!isObject(value)) return this.fail(`${member}.${index}`, 'not-an-object');
      return new PayloadReader(this.source, value, `${this.path}${member}.${index}.`);
    });
  }

  transferIds(member: string): TransferId[] {
    const list = this.required(member);
    if (!isList(list)) return this.fail(member, 'not-a-list');
    return list.map((value, index) => {
      if (typeof value !== 'string') return this.fail(`${member}.${index}`, 'not-text');
      return this.parsedId(`${member}.${index}`, value, transferId);
    });
  }

  isNull(member: string): boolean {
    return this.required(member) === null;
  }

  /** A member that follows from others: it must be there, and what it says is not used. */
  derived(member: string): void {
    this.required(member);
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

  fail(member: string, rule: UnreadableEventRule): never {
    const { type, schemaVersion } = this.source;
    throw new UnreadableEventError(type, schemaVersion, this.path + member, rule);
  }

  private id<Id>(member: string, parse: (text: string) => Id): Id {
    return this.parsedId(member, this.text(member), parse);
  }

  private parsedId<Id>(member: string, text: string, parse: (text: string) => Id): Id {
    try {
      return parse(text);
    } catch (error) {
      if (error instanceof RangeError) return this.fail(member, 'not-an-id');
      throw error;
    }
  }

  private required(member: string): JsonValue {
    const value = this.has(member) ? this.payload[member] : undefined;
    if (value === undefined) return this.fail(member, 'missing');
    this.read.push(member);
    return value;
  }
}

function isObject(value: JsonValue): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isList(value: JsonValue): value is readonly JsonValue[] {
  return Array.isArray(value);
}
