import { stringify } from 'yaml';
import type { JsonObject } from '#eventsourcing';
import { CONNECTOR_STREAM } from '../partition';
import { eventSubject } from '../subjects';
import { schemaDocuments } from './documents';
import { namedSchemas, type NamedSchema } from './registry';

const SCHEMA_FORMAT = 'application/schema+json;version=draft-2020-12';
const CONTENT_TYPE = 'application/cloudevents+json';
const ENVELOPE = 'CloudEvent.v1';
const CONNECTOR_ENVELOPE = 'ConnectorCloudEvent.v1';

/** AsyncAPI 3.0 of everything that the connector publishes, complete in itself. */
export function asyncApi(): string {
  return stringify(asyncApiDocument(), { lineWidth: 100, aliasDuplicateObjects: false });
}

function asyncApiDocument(): JsonObject {
  const messages = namedSchemas();
  const types = [...new Set(messages.map(({ type }) => type))];
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'Events of a Causeway connector',
      version: '1.0.0',
      description: DESCRIPTION,
    },
    defaultContentType: CONTENT_TYPE,
    servers: SERVERS,
    channels: Object.fromEntries(types.map((type) => [type, channel(type, messages)])),
    operations: Object.fromEntries(types.map((type) => [`publish${type}`, operation(type)])),
    components: {
      messages: Object.fromEntries(messages.map((named) => [named.name, message(named)])),
      schemas: Object.fromEntries(
        [...schemaDocuments()].map(([name, schema]) => [
          name,
          { schemaFormat: SCHEMA_FORMAT, schema },
        ]),
      ),
    },
  };
}

const DESCRIPTION =
  'What happened on the ledgers of a connector and to itself, as CloudEvents 1.0 on the JetStream stream ' +
  'CAUSEWAY_LEDGER_<CONNECTOR>: at least once, in the order of "position" within a partition. ' +
  'Nats-Msg-Id is the id of the CloudEvent.';

const SERVERS = {
  jetstream: {
    host: '{address}',
    protocol: 'nats',
    description: 'The nats-server of the connector',
    variables: { address: { default: '127.0.0.1:4222', description: 'Host and port' } },
  },
};

function channel(type: string, messages: readonly NamedSchema[]): JsonObject {
  const versions = messages.filter((named) => named.type === type);
  const isOfLedger = versions.every(({ concerns }) => concerns !== 'connector');
  return {
    address: eventSubject('{connector}', isOfLedger ? '{ledger}' : CONNECTOR_STREAM, type),
    title: type,
    description: versions.at(-1)?.summary,
    servers: [{ $ref: '#/servers/jetstream' }],
    parameters: {
      connector: { description: 'The address of the connector with dashes for its dots' },
      ...(isOfLedger ? LEDGER_PARAMETER : {}),
    },
    messages: Object.fromEntries(
      versions.map(({ name }) => [name, { $ref: `#/components/messages/${name}` }]),
    ),
  };
}

const LEDGER_PARAMETER = {
  ledger: { description: 'Id of the ledger, which is the id of the peer' },
};

/** Seen from the connector, as AsyncAPI wants it: it sends, subscribers receive. */
function operation(type: string): JsonObject {
  return {
    action: 'send',
    channel: { $ref: `#/channels/${type}` },
    summary: `Publishes ${type}`,
  };
}

function message({
  name,
  type,
  version,
  summary,
  concerns,
  carriesPacket,
}: NamedSchema): JsonObject {
  return {
    name: `causeway.${type}.v${version}`,
    title: `${type}, version ${version}`,
    summary,
    contentType: CONTENT_TYPE,
    payload: {
      schemaFormat: SCHEMA_FORMAT,
      schema: {
        allOf: [schemaReference(concerns === 'connector' ? CONNECTOR_ENVELOPE : ENVELOPE)],
        type: 'object',
        properties: {
          type: { const: `causeway.${type}.v${version}` },
          data: schemaReference(name),
          ...(concerns === 'ledger' ? { subject: false } : {}),
          ...(carriesPacket ? {} : { packet: false }),
        },
        ...(concerns === 'transfer' ? { required: ['subject'] } : {}),
      },
    },
  };
}

function schemaReference(name: string): JsonObject {
  return { $ref: `#/components/schemas/${name}/schema` };
}
