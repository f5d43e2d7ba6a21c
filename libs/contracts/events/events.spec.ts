import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ValidateFunction } from 'ajv';
import Ajv2020 from 'ajv/dist/2020';
import addFormats from 'ajv-formats';
import fc from 'fast-check';
import { parse } from 'yaml';
import {
  encodeEvent,
  EVENT_TYPES,
  type LedgerEvent,
  schemaVersionOf,
  transferId,
} from '#domain/ledger';
import { PEERING_EVENT_TYPES, peeringVersionOf } from '#domain/peering';
import { RATES_EVENT_TYPES, ratesVersionOf } from '#domain/rates';
import { canonicalJson, type JsonObject, type RecordedEvent } from '#eventsourcing';
import { anEvent } from '#testing';
import { cloudEvent } from '../cloud-event';
import { CONNECTOR_STREAM, connectorPartition } from '../partition';
import { asyncApi } from './asyncapi';
import { envelopeDocument, schemaDigest, schemaDocuments } from './documents';
import { EVENT_SCHEMAS, namedSchemas } from './registry';

const aTransfer = 'b4c838f6-80b1-47f8-a82e-000000000009';

const ajv = addFormats(new Ajv2020({ strict: true, strictRequired: false, allErrors: true }));
const validators = new Map(
  [...schemaDocuments()].map(([name, schema]) => [name, ajv.compile(schema)]),
);

function validatorOf(name: string): ValidateFunction {
  const validate = validators.get(name);
  if (validate === undefined) throw new Error(`no schema ${name}`);
  return validate;
}

/** What is wrong, readable; empty if nothing is. */
function faults(name: string, value: unknown): string[] {
  const validate = validatorOf(name);
  if (validate(value)) return [];
  return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
}

interface GoldenFile {
  readonly type: string;
  readonly schemaVersion: number;
  readonly events: readonly { readonly title: string; readonly payload: JsonObject }[];
}

const goldenOf = (room: string) => {
  const folder = join(__dirname, '..', '..', 'domain', room, 'golden');
  return readdirSync(folder)
    .map((name) => JSON.parse(readFileSync(join(folder, name), 'utf8')) as GoldenFile)
    .flatMap(({ type, schemaVersion, events }) =>
      events.map(({ title, payload }) => ({
        type,
        schemaVersion,
        name: `${type}.v${schemaVersion}`,
        title,
        payload,
      })),
    );
};
const goldenOfConnector = [...goldenOf('peering'), ...goldenOf('rates')];
const golden = [...goldenOf('ledger'), ...goldenOfConnector];

const everyType = [...EVENT_TYPES, ...PEERING_EVENT_TYPES, ...RATES_EVENT_TYPES];

/** As the log would give it back. */
function recorded(event: LedgerEvent): RecordedEvent {
  const { payload, ...rest } = encodeEvent(event);
  return {
    ...rest,
    ledgerId: 'alice',
    version: 3,
    partition: 17,
    position: 5,
    occurredAtMs: 1_500_000_000_000,
    payload: canonicalJson(payload),
    packetDigest: null,
    previousHash: Buffer.alloc(32, 1),
    hash: Buffer.alloc(32, 2),
  };
}

/** An event of the connector itself as the log would give it back. */
function recordedOfConnector({
  type,
  schemaVersion,
  payload,
}: (typeof goldenOfConnector)[number]): RecordedEvent {
  return {
    ledgerId: CONNECTOR_STREAM,
    version: 3,
    type,
    schemaVersion,
    transferId: null,
    occurredAtMs: 1_500_000_000_000,
    payload: canonicalJson(payload),
    packetDigest: null,
    partition: connectorPartition(),
    position: 3,
    packet: null,
    previousHash: Buffer.alloc(32, 1),
    hash: Buffer.alloc(32, 2),
  };
}

describe('the registry of events', () => {
  test.each(PEERING_EVENT_TYPES)('has every version of %s that logs may hold', (type) => {
    expect(EVENT_SCHEMAS[type]).toHaveLength(peeringVersionOf(type));
  });

  test.each(RATES_EVENT_TYPES)('has every version of %s that logs may hold', (type) => {
    expect(EVENT_SCHEMAS[type]).toHaveLength(ratesVersionOf(type));
  });

  test.each(EVENT_TYPES)('has every version of %s that logs may hold', (type) => {
    expect(EVENT_SCHEMAS[type]).toHaveLength(schemaVersionOf(type));
  });

  test('knows no type that no log holds', () => {
    expect(Object.keys(EVENT_SCHEMAS).sort()).toEqual([...everyType].sort());
  });

  test('describes every member, so that the catalogue can be read', () => {
    const undescribed = namedSchemas().flatMap(({ name, data }) =>
      Object.entries(data.properties as Record<string, JsonObject>)
        .filter(([, schema]) => typeof schema.description !== 'string')
        .map(([member]) => `${name}.${member}`),
    );
    expect(undescribed).toEqual([]);
  });
});

describe('the schema of an event', () => {
  test.each(golden)('$name takes the stored event: $title', ({ name, payload }) => {
    expect(faults(name, payload)).toEqual([]);
  });

  test('takes whatever is written today, and the envelope its CloudEvent', () => {
    fc.assert(
      fc.property(anEvent, (event) => {
        const name = `${event.type}.v${schemaVersionOf(event.type)}`;
        const written = JSON.parse(cloudEvent('spec', recorded(event))) as JsonObject;
        expect(faults(name, written.data)).toEqual([]);
        expect(faults('CloudEvent.v1', written)).toEqual([]);
      }),
      { numRuns: 2_000 },
    );
  });

  test.each(golden)('$name refuses a member more or one less than: $title', ({ name, payload }) => {
    expect(faults(name, { ...payload, surplus: 1 })).not.toEqual([]);
    for (const member of requiredOf(name)) {
      const { [member]: removed, ...rest } = payload;
      expect(removed).toBeDefined();
      expect(faults(name, rest)).not.toEqual([]);
    }
  });

  test.each(goldenOfConnector)('$name: $title has the envelope of the connector', (stored) => {
    const written = JSON.parse(cloudEvent('spec', recordedOfConnector(stored))) as JsonObject;
    expect(written).toMatchObject({ id: '_connector:3', source: '/causeway/spec' });
    expect(faults('ConnectorCloudEvent.v1', written)).toEqual([]);
    expect(faults('CloudEvent.v1', written)).not.toEqual([]);
    expect(faults('ConnectorCloudEvent.v1', { ...written, ledger: 'alice' })).not.toEqual([]);
    expect(faults('ConnectorCloudEvent.v1', { ...written, subject: aTransfer })).not.toEqual([]);
  });

  test.each(['token', 'tokenSha256'])('takes no peer with a %s', (member) => {
    const [added] = goldenOfConnector.filter(({ type }) => type === 'PeerAdded');
    const peer = { ...(added?.payload.peer as JsonObject), [member]: 'x' };
    expect(faults('PeerAdded.v1', { by: 'carol', peer })).not.toEqual([]);
  });

  const sheet = { base: 'EUR', fetchedAtMs: 5, rates: { USD: '1.1' }, source: 'table' };

  test.each([
    ['rates', {}],
    ['rates', { usd: '1.1' }],
    ['rates', { USD: 1.1 }],
    ['rates', { USD: '0' }],
    ['rates', { USD: '-1' }],
    ['rates', { USD: '01' }],
    ['rates', { USD: '1.10' }],
    ['rates', { USD: '1e3' }],
    ['rates', { USD: '1.1\n' }],
    ['base', 'eur'],
    ['source', ''],
    ['publishedAt', 'today'],
    ['publishedAt', '2026-02-30'],
    ['fetchedAtMs', -1],
    ['mood', 'good'],
  ])('takes no sheet of rates with %s = %j', (member, value) => {
    const set = (changed: JsonObject) => ({ by: 'carol', sequence: 1, sheet: changed });
    expect(faults('RatesSet.v1', set(sheet))).toEqual([]);
    expect(faults('RatesSet.v1', set({ ...sheet, [member]: value }))).not.toEqual([]);
  });

  test.each(['0.1', '1', '1000000000000000000', '0.000000000000000001', '1.05', '100'])(
    'takes every rate as it is written: %s',
    (USD) => {
      const written = { by: 'carol', sequence: 1, sheet: { ...sheet, rates: { USD } } };
      expect(faults('RatesSet.v1', written)).toEqual([]);
    },
  );

  const prepared = golden.find(({ name }) => name === 'TransferPrepared.v1')?.payload ?? {};

  test.each([
    ['amount', 1000],
    ['amount', '01'],
    ['amount', '-1'],
    ['amount', '1e3'],
    ['amount', '1.5'],
    ['amount', '1\n'],
    ['condition', '4OjMRQYQdeiP8UPd06ABrhuj46Lj15DiiuxiYgHCc6c='],
    ['condition', '4OjMRQYQdeiP8UPd06ABrhuj46Lj15DiiuxiYgHCc6d'],
    ['condition', 'AAAA'],
    ['direction', 'sideways'],
    ['expiresAtMs', '2017-08-28'],
    ['expiresAtMs', -1],
    ['expiresAtMs', 1.5],
    ['plan', { kind: 'forward', amount: '1' }],
    ['plan', null],
    ['cause', { amount: '1', ledgerId: 'bob', transferId: 'B4C838F6-80B1-47F8-A82E-000000000001' }],
  ])('refuses %s = %j', (member, value) => {
    expect(faults('TransferPrepared.v1', { ...prepared, [member]: value })).not.toEqual([]);
  });

  test('lets only incoming transfers have a plan, and only outgoing ones a cause', () => {
    expect(faults('TransferPrepared.v1', { ...prepared, direction: 'outgoing' })).not.toEqual([]);
    const cause = { amount: '1', ledgerId: 'bob', transferId: aTransfer };
    const { plan, ...planless } = prepared;
    expect(plan).toBeDefined();
    expect(faults('TransferPrepared.v1', { ...planless, cause })).not.toEqual([]);
    const outgoing = { ...planless, direction: 'outgoing', cause };
    expect(faults('TransferPrepared.v1', outgoing)).toEqual([]);
  });

  test('knows authorities by version', () => {
    const opening = golden.find(({ name }) => name === 'LedgerOpened.v1')?.payload ?? {};
    const symmetric = { ...opening, authority: 'symmetric' };
    expect(faults('LedgerOpened.v1', symmetric)).not.toEqual([]);
    expect(faults('LedgerOpened.v2', symmetric)).toEqual([]);
  });
});

describe('the envelope', () => {
  const expired: LedgerEvent = {
    type: 'TransferExpired',
    transferId: transferId(aTransfer),
    reason: Buffer.alloc(0),
  };
  const written = JSON.parse(cloudEvent('spec', recorded(expired))) as JsonObject;

  test('describes every member that is ever written', () => {
    const closed = ajv.compile({
      ...envelopeDocument(),
      $id: 'urn:spec:closed',
      additionalProperties: false,
    });
    fc.assert(
      fc.property(anEvent, (event) => closed(JSON.parse(cloudEvent('spec', recorded(event))))),
    );
  });

  test.each([
    ['specversion', '0.3'],
    ['id', 'alice'],
    ['type', 'TransferExpired'],
    ['time', 'yesterday'],
    ['ledger', 'test.alice.'],
    ['version', 0],
    ['position', 0],
    ['position', '5'],
    ['hash', 'AB'],
    ['subject', 'x'],
    ['packet', '?'],
    ['data', null],
  ])('refuses %s = %j', (member, value) => {
    expect(faults('CloudEvent.v1', written)).toEqual([]);
    expect(faults('CloudEvent.v1', { ...written, [member]: value })).not.toEqual([]);
  });
});

describe('the digest of a schema', () => {
  test('is that of what it demands, not of its words', () => {
    const said = (description: string): JsonObject => ({
      type: 'object',
      title: description,
      properties: { description: { type: 'string', description } },
    });
    expect(schemaDigest(said('one'))).toBe(schemaDigest(said('other')));
    const otherMember = { type: 'object', properties: { note: { type: 'string' } } };
    expect(schemaDigest(said('one'))).not.toBe(schemaDigest(otherMember));
    const otherType = { type: 'object', properties: { description: { type: 'integer' } } };
    expect(schemaDigest(said('one'))).not.toBe(schemaDigest(otherType));
  });
});

interface AsyncApi {
  readonly channels: Record<string, { address: string; messages: Record<string, object> }>;
  readonly operations: Record<string, { action: string; channel: { $ref: string } }>;
  readonly components: { readonly messages: Record<string, { name: string }> };
}

describe('the AsyncAPI document', () => {
  const api = parse(asyncApi()) as AsyncApi;

  test('has a channel and an operation for every type, and a message for every version', () => {
    expect(Object.keys(api.channels)).toEqual(everyType);
    expect(Object.values(api.operations).map(({ channel }) => channel.$ref)).toEqual(
      everyType.map((type) => `#/channels/${type}`),
    );
    const offered = Object.values(api.channels).flatMap(({ messages }) => Object.keys(messages));
    expect(offered).toEqual(namedSchemas().map(({ name }) => name));
    expect(Object.keys(api.components.messages)).toEqual(offered);
  });

  test('names the subjects that events are published under', () => {
    expect(api.channels.TransferFulfilled?.address).toBe(
      'causeway.events.{connector}.{ledger}.TransferFulfilled',
    );
    expect(api.channels.PeerAdded?.address).toBe(
      'causeway.events.{connector}._connector.PeerAdded',
    );
  });

  test('refers to nothing that is not in it', () => {
    const missing = references(api).filter((reference) => resolve(api, reference) === undefined);
    expect(missing).toEqual([]);
  });

  test('holds schemas of whole messages that tell types and versions apart', () => {
    const whole = new Ajv2020({ strict: false });
    addFormats(whole);
    whole.addSchema({ $id: 'urn:spec:asyncapi', ...withoutIds(api) }, undefined, undefined, false);
    const validate = (name: string) =>
      whole.getSchema(`urn:spec:asyncapi#/components/messages/${name}/payload/schema`);
    fc.assert(
      fc.property(anEvent, (event) => {
        const written: unknown = JSON.parse(cloudEvent('spec', recorded(event)));
        const name = `${event.type}.v${schemaVersionOf(event.type)}`;
        const taking = namedSchemas().filter((one) => validate(one.name)?.(written) === true);
        expect(taking.map((one) => one.name)).toEqual([name]);
      }),
      { numRuns: 100 },
    );
    for (const stored of goldenOfConnector) {
      const written: unknown = JSON.parse(cloudEvent('spec', recordedOfConnector(stored)));
      const taking = namedSchemas().filter((one) => validate(one.name)?.(written) === true);
      expect(taking.map((one) => one.name)).toEqual([stored.name]);
    }
  });
});

function requiredOf(name: string): readonly string[] {
  return (schemaDocuments().get(name)?.required ?? []) as readonly string[];
}

function references(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, member]) =>
    key === '$ref' && typeof member === 'string' ? [member] : references(member),
  );
}

function resolve(root: unknown, reference: string): unknown {
  return reference
    .slice(2)
    .split('/')
    .reduce<unknown>(
      (at, key) =>
        typeof at === 'object' && at !== null ? (at as Record<string, unknown>)[key] : undefined,
      root,
    );
}

/** Inside of the one document a schema goes by its place. */
function withoutIds(value: object): object {
  return JSON.parse(
    JSON.stringify(value, (key, member: unknown) =>
      key === '$id' || key === '$schema' ? undefined : member,
    ),
  ) as object;
}
