import { isIP } from 'node:net';
import { hostnameOf, parseBtpUri } from '#protocol';
import { z } from 'zod';

interface Range {
  readonly min: number;
  readonly max: number;
}

const DIGITS = /^-?\d{1,15}$/;
const FRACTION = /^0(?:\.(\d*))?$/;
const PPM_DIGITS = 6;
const AMOUNT = /^-?(?:0|[1-9]\d*)$/;
/** Amounts are UInt64 on the wire (SPEC §3); no limit beyond that could ever bind. */
const AMOUNT_LIMIT = 2n ** 64n;
const SLUG = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

type Refuse = (rule: string) => never;

/**
 * A schema from a function that returns the value or refuses with a rule. Values arrive as YAML or
 * as text from the environment: a setting takes both.
 */
export function setting<T>(read: (value: unknown, refuse: Refuse) => T) {
  return z.unknown().transform((value, context): T => {
    try {
      return value === undefined ? refuse('is required') : read(value, refuse);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      context.addIssue({ code: 'custom', message: error.message });
      return z.NEVER;
    }
  });
}

class Refusal extends Error {}

function refuse(rule: string): never {
  throw new Refusal(rule);
}

export function wholeNumber({ min, max }: Range) {
  return setting((value, no) => {
    const read = typeof value === 'string' && DIGITS.test(value) ? Number(value) : value;
    if (typeof read === 'number' && Number.isInteger(read) && read >= min && read <= max) {
      return read;
    }
    return no(`must be a whole number from ${min} to ${max}`);
  });
}

const DAY_MS = 86_400_000;

/** Milliseconds, a day at most. */
export const duration = (min = 1) => wholeNumber({ min, max: DAY_MS });

export const count = (max = 1_000_000) => wholeNumber({ min: 1, max });

export function text(rule = 'must be a text that is not empty') {
  return setting((value, no) => (typeof value === 'string' && value !== '' ? value : no(rule)));
}

export function textMatching(pattern: RegExp, rule: string) {
  return setting((value, no) =>
    typeof value === 'string' && pattern.test(value) ? value : no(rule),
  );
}

export function anyText() {
  return setting((value, no) => (typeof value === 'string' ? value : no('must be a text')));
}

export function flag() {
  return setting((value, no) => {
    if (value === true || value === 'true') return true;
    if (value === false || value === 'false') return false;
    return no('must be true or false');
  });
}

/** One of the values; those in `later` are known, but this version does not do them. */
export function oneOf<const T extends string>(values: readonly T[], later: readonly string[] = []) {
  return setting((value, no) => {
    const found = values.find((candidate) => candidate === value);
    if (found !== undefined) return found;
    if (typeof value === 'string' && later.includes(value)) {
      return no(`${value} is not supported yet; use ${values.join(' or ')}`);
    }
    return no(`must be ${values.join(' or ')}`);
  });
}

export const slug = () =>
  textMatching(SLUG, 'must be 1 to 63 lower-case letters, digits and inner dashes');

/**
 * A fraction from 0 up to, not including, 1, with at most six decimals; parts per million, converted
 * digit by digit.
 */
export function fractionAsPpm() {
  return setting((value, no): bigint => {
    const written = typeof value === 'number' ? String(value) : value;
    const match = typeof written === 'string' ? FRACTION.exec(written) : null;
    if (match === null) return no('must be a decimal fraction from 0 up to, not including, 1');
    const decimals = (match[1] ?? '').replace(/0+$/, '');
    if (decimals.length > PPM_DIGITS) return no('must have at most six decimals');
    return BigInt(decimals.padEnd(PPM_DIGITS, '0'));
  });
}

/** Base units of a ledger, or `unlimited`. */
export function amountOrUnlimited() {
  return setting((value, no): bigint | null => {
    if (value === 'unlimited') return null;
    if (typeof value === 'number' && !Number.isSafeInteger(value)) {
      return no('must be whole base units, in quotes where it exceeds 2^53');
    }
    const written = typeof value === 'number' ? String(value) : value;
    if (typeof written !== 'string' || !AMOUNT.test(written)) {
      return no('must be whole base units as decimal digits in quotes, or unlimited');
    }
    const amount = BigInt(written);
    const size = amount < 0n ? -amount : amount;
    return size < AMOUNT_LIMIT ? amount : no('must lie between -2^64 and 2^64, both not included');
  });
}

export interface ListenAddress {
  /** Without brackets. */
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
}

const LISTEN = /^(?:\[([0-9a-fA-F:.]+)\]|([A-Za-z0-9.-]+)):(\d{1,5})$/;

export function listenAddress() {
  return setting((value, no): ListenAddress => {
    const match = typeof value === 'string' ? LISTEN.exec(value) : null;
    const [, six, other, digits] = match ?? [];
    const host = six ?? other;
    const port = Number(digits);
    if (host === undefined || port > 65_535 || (six !== undefined && isIP(six) !== 6)) {
      return no('must be host:port, as 127.0.0.1:7768 or [::1]:7768, with a port up to 65535');
    }
    return { host, port };
  });
}

/** A URL of one of the schemes. The rule does not repeat it: it may hold a password. */
export function urlOf(...schemes: string[]) {
  return setting((value, no) => {
    const parts = typeof value === 'string' ? value.split(',') : [];
    const fits = parts.length > 0 && parts.every((part) => isUrlOf(part.trim(), schemes));
    return fits && typeof value === 'string'
      ? value
      : no(`must be a URL that starts with ${schemes.join(':// or ')}://`);
  });
}

function isUrlOf(part: string, schemes: readonly string[]): boolean {
  return schemes.some((scheme) => part.startsWith(`${scheme}://`)) && URL.canParse(part);
}

const BARE_URL = 'must be an http:// or https:// URL without credentials, query and fragment';

/** An HTTP URL to which we append a query; secrets do not belong into it. */
export function bareHttpUrl() {
  return setting((value, no) => {
    if (typeof value !== 'string' || !URL.canParse(value)) return no(BARE_URL);
    const { protocol, username, password } = new URL(value);
    if (protocol !== 'http:' && protocol !== 'https:') return no(BARE_URL);
    return username + password !== '' || /[?#\s]/.test(value) ? no(BARE_URL) : value;
  });
}

/** `host` or `host:port` in lower case, as it is read from what people pass on (SPEC §8.1). */
export function hostname() {
  return setting((value, no) => {
    const read = typeof value === 'string' ? hostnameOf(value) : undefined;
    return read ?? no('must be host or host:port, as wallet.example or localhost:8080');
  });
}

/** Where everybody may be told to dial. */
export function btpUriWithoutCredentials() {
  return setting((value, no) => {
    if (typeof value !== 'string') return no('must be a text');
    try {
      const { username, token } = parseBtpUri(value);
      return username + token === '' ? value : no('must not hold credentials: it is public');
    } catch (error) {
      if (error instanceof Refusal) throw error;
      return no(error instanceof Error ? error.message : 'must be a BTP URI');
    }
  });
}
