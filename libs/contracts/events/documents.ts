import { createHash } from 'node:crypto';
import { canonicalJson, type JsonObject, type JsonValue } from '#eventsourcing';
import { cloudEventSchema, connectorEventSchema } from './envelope';
import type { JsonSchema } from './json-schema';
import { namedSchemas, type NamedSchema } from './registry';

const DIALECT = 'https://json-schema.org/draft/2020-12/schema';

/** A schema as a document of its own, under a name that no other document has. */
function document(name: string, description: string, schema: JsonSchema): JsonObject {
  return {
    $schema: DIALECT,
    $id: `urn:causeway:events:${name}`,
    title: name,
    description,
    ...schema,
  };
}

/** The schema of `data` of one version of one type; undefined if there is none such. */
export function eventSchemaDocument(type: string, version: number): JsonObject | undefined {
  const named = namedSchemas().find((one) => one.type === type && one.version === version);
  return named && dataDocument(named);
}

/** The schema of the CloudEvent around every `data` that concerns a ledger. */
export function envelopeDocument(): JsonObject {
  const description = 'CloudEvents 1.0 around every event of a ledger, structured JSON';
  return document('CloudEvent.v1', description, cloudEventSchema());
}

/** The schema of the CloudEvent around every `data` that concerns the connector itself. */
export function connectorEnvelopeDocument(): JsonObject {
  const description = 'CloudEvents 1.0 around every event of the connector itself, structured JSON';
  return document('ConnectorCloudEvent.v1', description, connectorEventSchema());
}

/** Everything that is promised, by name without extension. */
export function schemaDocuments(): ReadonlyMap<string, JsonObject> {
  return new Map([
    ['CloudEvent.v1', envelopeDocument()],
    ['ConnectorCloudEvent.v1', connectorEnvelopeDocument()],
    ...namedSchemas().map((named): [string, JsonObject] => [named.name, dataDocument(named)]),
  ]);
}

function dataDocument({ name, summary, data }: NamedSchema): JsonObject {
  return document(name, `${summary}. This is the member "data" of the CloudEvent.`, data);
}

/** Words may be improved; what is valid may not. */
const WORDS: ReadonlySet<string> = new Set(['description', 'title', '$comment']);

/** SHA-256 of what a schema demands, without its words: the same for ever once released. */
export function schemaDigest(schema: JsonObject): string {
  return createHash('sha256')
    .update(canonicalJson(demands(schema)))
    .digest('hex');
}

function demands(value: JsonValue): JsonValue {
  if (isList(value)) return value.map(demands);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).flatMap(([key, member]): [string, JsonValue][] => {
    if (member === undefined) return [];
    // A member of an event may be called like a word of the schema language.
    if (key === 'properties') return [[key, memberDemands(member)]];
    return WORDS.has(key) ? [] : [[key, demands(member)]];
  });
  return Object.fromEntries(entries);
}

function memberDemands(properties: JsonValue): JsonValue {
  if (typeof properties !== 'object' || properties === null || isList(properties))
    return properties;
  const entries = Object.entries(properties).map(([name, schema]): [string, JsonValue] => [
    name,
    schema === undefined ? {} : demands(schema),
  ]);
  return Object.fromEntries(entries);
}

function isList(value: JsonValue): value is readonly JsonValue[] {
  return Array.isArray(value);
}
