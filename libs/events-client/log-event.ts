import { z } from 'zod';
import { CONNECTOR_STREAM } from '#contracts';
import { decodeEvent, type LedgerEvent, UnreadableEventError } from '#domain/ledger';
import {
  decodePeeringEvent,
  type PeeringEvent,
  UnreadablePeeringEventError,
} from '#domain/peering';
import {
  decodeRatesEvent,
  isRatesEventType,
  type LoggedRatesEvent,
  UnreadableRatesEventError,
} from '#domain/rates';
import type { JsonObject } from '#eventsourcing';

/** One event of a ledger, or of the connector itself, with its place in the log. */
export interface LogEvent {
  /** `<ledger>:<version>`, the same for ever. */
  readonly id: string;
  /** `CONNECTOR_STREAM` where it concerns no ledger but the connector itself. */
  readonly ledgerId: string;
  /** Place among the events of the ledger, from 1 without gaps. */
  readonly version: number;
  readonly partition: number;
  /** Place among the events of the partition, from 1 without gaps. */
  readonly position: number;
  readonly occurredAtMs: number;
  /** The transfer that it is about; null where it concerns the ledger as a whole. */
  readonly transferId: string | null;
  /** 64 hex digits. */
  readonly hash: string;
  /** Of the event before it on the ledger. */
  readonly previousHash: string;
  /** What happened, brought to today's version; tell by `body.type`. */
  readonly body: LedgerEvent | PeeringEvent | LoggedRatesEvent | UnknownEvent;
}

/**
 * An event that this version of the library cannot read, most likely of a newer connector. It has
 * its place and must be dealt with like any other: whoever folds decides whether it matters.
 */
export interface UnknownEvent {
  readonly type: 'unknown';
  /** Its true type. */
  readonly name: string;
  readonly schemaVersion: number;
  readonly data: JsonObject;
  /** `unknown-type` and `unknown-version`: newer than we are; anything else: not as promised. */
  readonly why: string;
}

/** What came is no CloudEvent of a Causeway connector. */
export class UnreadableCloudEventError extends Error {
  override readonly name = 'UnreadableCloudEventError';

  constructor(reason: string, options?: ErrorOptions) {
    super(`not an event of a connector: ${reason}`, options);
  }
}

const TYPE = /^causeway\.([A-Za-z]+)\.v([1-9]\d{0,4})$/;
const counted = z.int().min(1);

const cloudEventShape = z.object({
  specversion: z.literal('1.0'),
  id: z.string(),
  type: z.string().regex(TYPE),
  subject: z.string().optional(),
  time: z.iso.datetime({ precision: 3 }),
  ledger: z.string(),
  version: counted,
  partition: z.int().min(0),
  position: counted,
  hash: z.string(),
  previoushash: z.string(),
  data: z.record(z.string(), z.json()),
  packet: z.base64().optional(),
});

type CloudEvent = z.infer<typeof cloudEventShape>;

/** Reads a CloudEvent as it came from the stream. @throws UnreadableCloudEventError */
export function parseCloudEvent(payload: Buffer): LogEvent {
  let value: unknown;
  try {
    value = JSON.parse(payload.toString());
  } catch (cause) {
    throw new UnreadableCloudEventError('it is no JSON', { cause });
  }
  return readCloudEvent(value);
}

/** The same of JSON that is parsed already. @throws UnreadableCloudEventError */
export function readCloudEvent(value: unknown): LogEvent {
  const { data: event, error } = cloudEventShape.safeParse(value);
  if (event === undefined) throw new UnreadableCloudEventError(z.prettifyError(error));
  return {
    id: event.id,
    ledgerId: event.ledger,
    version: event.version,
    partition: event.partition,
    position: event.position,
    occurredAtMs: Date.parse(event.time),
    transferId: event.subject ?? null,
    hash: event.hash,
    previousHash: event.previoushash,
    body: bodyOf(event),
  };
}

function bodyOf(event: CloudEvent): LogEvent['body'] {
  const [, name = '', version] = TYPE.exec(event.type) ?? [];
  const schemaVersion = Number(version);
  const { ledger, subject, packet, data } = event;
  try {
    if (ledger === CONNECTOR_STREAM) {
      const own = { type: name, schemaVersion, payload: data };
      return isRatesEventType(name) ? decodeRatesEvent(own) : decodePeeringEvent(own);
    }
    return decodeEvent({
      type: name,
      schemaVersion,
      transferId: subject ?? null,
      payload: data,
      packet: packet === undefined ? null : Buffer.from(packet, 'base64'),
    });
  } catch (error) {
    if (!isUnreadable(error)) throw error;
    return { type: 'unknown', name, schemaVersion, data, why: error.rule };
  }
}

type Unreadable = UnreadableEventError | UnreadablePeeringEventError | UnreadableRatesEventError;

function isUnreadable(error: unknown): error is Unreadable {
  return (
    error instanceof UnreadableEventError ||
    error instanceof UnreadablePeeringEventError ||
    error instanceof UnreadableRatesEventError
  );
}
