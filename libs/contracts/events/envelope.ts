import { CONNECTOR_STREAM } from '../partition';
import { count, hash, type JsonSchema, ledgerId, object, transferId } from './json-schema';

/**
 * The CloudEvent that `cloudEvent` writes. Unlike the schemas of `data` it is open: members may
 * come in without a new version, and subscribers ignore what they do not know.
 */
export function cloudEventSchema(): JsonSchema {
  return { ...object(REQUIRED, OPTIONAL), additionalProperties: true };
}

/**
 * The same around an event that concerns no ledger but the connector itself: what stands for the
 * ledger is the name of the connector's own stream.
 */
export function connectorEventSchema(): JsonSchema {
  return {
    ...object({ ...REQUIRED, ...OF_CONNECTOR }, { subject: false, packet: false }),
    additionalProperties: true,
  };
}

const REQUIRED = {
  specversion: { const: '1.0' },
  id: {
    type: 'string',
    pattern: '^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?:[1-9][0-9]{0,15}$',
    description: '<ledger>:<version>; the same for ever, also as Nats-Msg-Id',
  },
  source: {
    type: 'string',
    format: 'uri-reference',
    pattern: '^/causeway/[a-z0-9-]+/ledgers/[a-z0-9-]+$',
    description: '/causeway/<connector>/ledgers/<ledger>',
  },
  type: {
    type: 'string',
    pattern: '^causeway\\.[A-Z][A-Za-z]*\\.v[1-9][0-9]{0,4}$',
    description: 'causeway.<type>.v<version>: names the schema of "data"',
  },
  time: { type: 'string', format: 'date-time', description: 'When it was decided' },
  datacontenttype: { const: 'application/json' },
  ledger: ledgerId('On which ledger it happened'),
  version: count(1, 'Place among the events of the ledger, from 1 without gaps'),
  partition: { type: 'integer', minimum: 0, maximum: 32_767, description: 'Partition of the log' },
  position: count(1, 'Place among the events of the partition, from 1 without gaps'),
  hash: hash('SHA-256 over the previous hash and the event in canonical form'),
  previoushash: hash('Hash of the event before it on the ledger'),
  data: { type: 'object', description: 'The event; see the schema that "type" names' },
};

const OF_CONNECTOR = {
  id: {
    type: 'string',
    pattern: `^${CONNECTOR_STREAM}:[1-9][0-9]{0,15}$`,
    description: `${CONNECTOR_STREAM}:<version>; the same for ever, also as Nats-Msg-Id`,
  },
  source: {
    type: 'string',
    format: 'uri-reference',
    pattern: '^/causeway/[a-z0-9-]+$',
    description: '/causeway/<connector>',
  },
  ledger: { const: CONNECTOR_STREAM, description: 'The stream of the connector itself' },
  version: count(1, 'Place among the events of the connector itself, from 1 without gaps'),
  previoushash: hash('Hash of the event before it in this stream'),
};

const OPTIONAL = {
  subject: transferId('The transfer that it is about, if it is about one'),
  packet: {
    type: 'string',
    pattern: '^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$',
    description: 'The ILP packet of a transfer, base64, unless it was pruned',
  },
};
