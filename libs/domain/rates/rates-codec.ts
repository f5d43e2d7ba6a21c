import {
  canonicalJson,
  type JsonObject,
  type JsonValue,
  type MemberRule,
  PayloadMembers,
} from '#eventsourcing';
import { RateError, type RateRule } from './rate-error';
import { newSheetJson, type NewSheet, readNewSheet } from './rate-sheet';
import {
  isRatesEventType,
  type LoggedRatesEvent,
  type RatesEvent,
  ratesVersionOf,
  WITHDRAWAL_REASONS,
} from './rates-event';

/** An event as the log keeps it. */
export interface EncodedRatesEvent {
  readonly type: string;
  readonly schemaVersion: number;
  readonly payload: JsonObject;
}

export type RatesEventFault =
  | 'unknown-type'
  | 'unknown-version'
  | MemberRule
  /** Not written as we write it, as 1.10 for 1.1. */
  | 'not-canonical'
  /** Of a sheet. */
  | RateRule;

/** An event about rates that today's code cannot read: from newer code, or damaged. Never skipped. */
export class UnreadableRatesEventError extends Error {
  override readonly name = 'UnreadableRatesEventError';

  constructor(
    readonly type: string,
    readonly schemaVersion: number,
    /** A member of the payload, or one within it, as `sheet.USD`; or `type`, `schemaVersion`. */
    readonly member: string,
    readonly rule: RatesEventFault,
  ) {
    super(`cannot read event ${type} version ${schemaVersion}: ${member} ${rule}`);
  }
}

export function encodeRatesEvent(event: LoggedRatesEvent): EncodedRatesEvent {
  const { type, by, sequence } = event;
  const payload = { by, sequence, ...membersOf(event) };
  return { type, schemaVersion: ratesVersionOf(type), payload };
}

function membersOf(event: RatesEvent): JsonObject {
  switch (event.type) {
    case 'RatesPublished':
    case 'RatesSet':
      return { sheet: newSheetJson(event.sheet) };
    case 'RatesConfirmed':
    case 'RatesRestored':
      return { fetchedAtMs: event.fetchedAtMs };
    case 'RatesWithdrawn':
      return { reason: event.reason };
  }
}

/** @throws UnreadableRatesEventError */
export function decodeRatesEvent(encoded: EncodedRatesEvent): LoggedRatesEvent {
  const { type, schemaVersion } = encoded;
  const members = new Members(encoded);
  if (!isRatesEventType(type)) return members.fail('type', 'unknown-type');
  if (schemaVersion !== ratesVersionOf(type)) members.fail('schemaVersion', 'unknown-version');
  const place = { by: members.text('by'), sequence: members.sequence('sequence') };
  const event = { ...place, ...readEvent(type, members) };
  members.finish();
  return event;
}

function readEvent(type: RatesEvent['type'], members: Members): RatesEvent {
  switch (type) {
    case 'RatesPublished':
    case 'RatesSet':
      return { type, sheet: members.sheet('sheet') };
    case 'RatesConfirmed':
    case 'RatesRestored':
      return { type, fetchedAtMs: members.count('fetchedAtMs') };
    case 'RatesWithdrawn':
      return { type, reason: members.oneOf('reason', WITHDRAWAL_REASONS) };
  }
}

class Members extends PayloadMembers<RatesEventFault> {
  constructor(private readonly encoded: EncodedRatesEvent) {
    super(encoded.payload);
  }

  count(member: string): number {
    const value = this.integer(member);
    return value < 0 ? this.fail(member, 'not-an-integer') : value;
  }

  /** The first is 1. */
  sequence(member: string): number {
    const value = this.integer(member);
    return value > 0 ? value : this.fail(member, 'not-an-integer');
  }

  sheet(member: string): NewSheet {
    const value = this.required(member);
    const sheet = this.readSheet(member, value);
    const isCanonical = canonicalJson(newSheetJson(sheet)) === canonicalJson(value);
    return isCanonical ? sheet : this.fail(member, 'not-canonical');
  }

  override fail(member: string, rule: RatesEventFault): never {
    const { type, schemaVersion } = this.encoded;
    throw new UnreadableRatesEventError(type, schemaVersion, member, rule);
  }

  private readSheet(member: string, value: JsonValue): NewSheet {
    try {
      return readNewSheet(value);
    } catch (error) {
      if (!(error instanceof RateError)) throw error;
      return this.fail(error.field === '' ? member : `${member}.${error.field}`, error.rule);
    }
  }
}
