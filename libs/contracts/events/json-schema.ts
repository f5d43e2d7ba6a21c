import type { JsonObject } from '#eventsourcing';

/** A JSON Schema (2020-12) or a part of one. */
export type JsonSchema = JsonObject;

/** Decimal text without leading zeros or a plus; 78 digits are more than any sum of UInt64 needs. */
const UNSIGNED = '^(?:0|[1-9][0-9]{0,77})$';
const SIGNED = '^(?:0|-?[1-9][0-9]{0,77})$';
/** Unpadded, and canonical: the bits that a last character has too many are zero. */
const BASE64URL =
  '^(?:[A-Za-z0-9_-]{4})*(?:[A-Za-z0-9_-][AQgw]|[A-Za-z0-9_-]{2}[AEIMQUYcgkosw048])?$';
const BASE64URL_32_BYTES = '^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$';
const UUID = '^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$';
const SLUG = '^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?$';
/** The last millisecond of the year 9999, beyond which the log holds no time. */
const LAST_MS = 253_402_300_799_999;

const matching = (pattern: string, description: string): JsonSchema => ({
  type: 'string',
  pattern,
  description,
});

/** Base units, not negative. */
export const amount = (description: string) => matching(UNSIGNED, description);
/** Base units, perhaps negative. */
export const signedAmount = (description: string) => matching(SIGNED, description);
export const bytes = (description: string) => matching(BASE64URL, description);
export const bytes32 = (description: string) => matching(BASE64URL_32_BYTES, description);
export const transferId = (description: string) => matching(UUID, description);
export const ledgerId = (description: string) => matching(SLUG, description);
export const hash = (description: string) => matching('^[0-9a-f]{64}$', description);

export const text = (description: string): JsonSchema => ({ type: 'string', description });

export const oneOf = (values: readonly string[], description: string): JsonSchema => ({
  type: 'string',
  enum: values,
  description,
});

/** Milliseconds since 1970, UTC. */
export const moment = (description: string): JsonSchema => ({
  type: 'integer',
  minimum: 0,
  maximum: LAST_MS,
  description,
});

/** A whole number that a JavaScript number holds exactly. */
export const count = (minimum: number, description: string): JsonSchema => ({
  type: 'integer',
  minimum,
  maximum: Number.MAX_SAFE_INTEGER,
  description,
});

export const orNull = ({ description, ...schema }: JsonSchema): JsonSchema => ({
  description,
  anyOf: [schema, { type: 'null' }],
});

/** `false`: the member must not be there. */
type Members = Readonly<Record<string, JsonSchema | false>>;

/** An object of exactly these members. */
export function object(required: Members, optional: Members = {}): JsonSchema {
  return {
    type: 'object',
    properties: { ...required, ...optional },
    required: Object.keys(required),
    additionalProperties: false,
  };
}
