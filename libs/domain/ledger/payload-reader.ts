import { type JsonObject, type JsonValue, PayloadMembers } from '#eventsourcing';
import { type LedgerId, ledgerId, type TransferId, transferId } from './identifiers';
import { UnreadableEventError, type UnreadableEventRule } from './unreadable-event-error';

const UNSIGNED = /^(?:0|[1-9][0-9]{0,77})$/;
const SIGNED = /^(?:0|-?[1-9][0-9]{0,77})$/;

/** What is being read, for the error that says so. */
export interface PayloadSource {
  readonly type: string;
  readonly schemaVersion: number;
}

/** Every method throws UnreadableEventError with the path of the member. */
export class PayloadReader extends PayloadMembers<UnreadableEventRule> {
  constructor(
    private readonly source: PayloadSource,
    payload: JsonObject,
    private readonly path = '',
  ) {
    super(payload);
  }

  textOrNull(member: string): string | null {
    return this.required(member) === null ? null : this.text(member);
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

  override fail(member: string, rule: UnreadableEventRule): never {
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
}

function isObject(value: JsonValue): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isList(value: JsonValue): value is readonly JsonValue[] {
  return Array.isArray(value);
}
