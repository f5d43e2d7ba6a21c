import fc from 'fast-check';
import { cloudEvent, CONNECTOR_STREAM } from '#contracts';
import type { JsonObject } from '#eventsourcing';
import { anEvent, aTransferId, ledgerOpened } from '#testing';
import { parseCloudEvent, readCloudEvent, UnreadableCloudEventError } from './log-event';
import { MemoryLog } from './test/memory-log';

function written(): JsonObject {
  const [event] = new MemoryLog().append(7, 'alice', ledgerOpened());
  if (event === undefined) throw new Error('nothing was appended');
  return JSON.parse(cloudEvent('spec', event)) as JsonObject;
}

describe('a CloudEvent', () => {
  test('is the event again that the log holds, whatever it is', () => {
    fc.assert(
      fc.property(anEvent, (body) => {
        const log = new MemoryLog();
        const [event] = log.append(7, 'alice', body);
        if (event === undefined) throw new Error('nothing was appended');
        expect(parseCloudEvent(Buffer.from(cloudEvent('spec', event)))).toEqual({
          id: 'alice:1',
          ledgerId: 'alice',
          version: 1,
          partition: 7,
          position: 1,
          occurredAtMs: event.occurredAtMs,
          transferId: 'transferId' in body ? body.transferId : null,
          hash: event.hash.toString('hex'),
          previousHash: event.previousHash.toString('hex'),
          body,
        });
      }),
      { numRuns: 500 },
    );
  });

  test('of the connector itself is read like any other, and not lost where it is newer', () => {
    const log = new MemoryLog();
    const proposed = {
      hostname: 'wallet1.com',
      currencyCode: 'USD',
      currencyScale: 9,
      by: 'carol',
    };
    const [event] = log.appendOwn({ type: 'PeeringProposed', ...proposed });
    if (event === undefined) throw new Error('nothing was appended');
    const own = JSON.parse(cloudEvent('spec', event)) as JsonObject;
    expect(readCloudEvent(own)).toMatchObject({
      id: '_connector:1',
      ledgerId: CONNECTOR_STREAM,
      partition: 64,
      position: 1,
      transferId: null,
      body: { type: 'PeeringProposed', ...proposed },
    });
    for (const [type, why] of [
      ['causeway.Invented.v1', 'unknown-type'],
      ['causeway.PeeringProposed.v2', 'unknown-version'],
      ['causeway.PeerRemoved.v1', 'missing'],
      ['causeway.LedgerPaused.v1', 'unknown-type'],
    ] as const) {
      expect(readCloudEvent({ ...own, type }).body).toMatchObject({ type: 'unknown', why });
    }
  });

  test('of exchange rates is read like any other, and not lost where it is newer', () => {
    const log = new MemoryLog();
    const place = { sequence: 1, by: 'carol' };
    const sheet = { base: 'EUR', fetchedAtMs: 5, rates: { USD: '1.1' }, source: 'table' };
    const set = { type: 'RatesSet', sheet, ...place } as const;
    const [event] = log.appendOwn(set, { ...place, type: 'RatesWithdrawn', reason: 'too-old' });
    if (event === undefined) throw new Error('nothing was appended');
    const own = JSON.parse(cloudEvent('spec', event)) as JsonObject;
    const read = readCloudEvent(own);
    expect(read).toMatchObject({ id: '_connector:1', partition: 64, transferId: null });
    expect(read.body).toEqual(set);
    // Whoever folds tells by the type, and the members are those of it.
    expect(read.body.type === 'RatesSet' && read.body.sheet.rates.USD).toBe('1.1');
    for (const [type, why] of [
      ['causeway.RatesSet.v2', 'unknown-version'],
      ['causeway.RatesConfirmed.v1', 'missing'],
    ] as const) {
      expect(readCloudEvent({ ...own, type }).body).toMatchObject({ type: 'unknown', why });
    }
    const torn = { ...own, data: { ...place, sheet: { ...sheet, rates: { USD: 'much' } } } };
    expect(readCloudEvent(torn).body).toMatchObject({ type: 'unknown', why: 'not-a-number' });
  });

  test('may have members that we do not know', () => {
    expect(readCloudEvent({ ...written(), traceparent: '00-1-2-01' }).id).toBe('alice:1');
  });

  test.each([
    ['a type', 'causeway.LedgerMoved.v1', 'LedgerMoved', 1, 'unknown-type'],
    ['a version', 'causeway.LedgerOpened.v99', 'LedgerOpened', 99, 'unknown-version'],
  ])('of %s that is newer than we are is not lost', (_what, type, name, schemaVersion, why) => {
    const event = { ...written(), type, data: { anything: ['at', 'all', 1] } };
    expect(readCloudEvent(event)).toMatchObject({
      id: 'alice:1',
      position: 1,
      body: { type: 'unknown', name, schemaVersion, why, data: { anything: ['at', 'all', 1] } },
    });
  });

  test('that breaks the promise of its version is not lost either', () => {
    const event = { ...written(), subject: aTransferId(1) };
    expect(readCloudEvent(event).body).toMatchObject({ type: 'unknown', why: 'unexpected' });
  });

  test.each([
    ['specversion', '0.3'],
    ['type', 'com.example.thing'],
    ['position', 0],
    ['position', '1'],
    ['position', undefined],
    ['partition', 1.5],
    ['time', 'now'],
    ['data', 'text'],
    ['packet', '???'],
  ])('is none with %s = %j', (member, value) => {
    expect(() => readCloudEvent({ ...written(), [member]: value })).toThrow(
      UnreadableCloudEventError,
    );
  });

  test.each(['', 'null', '[]', '{', '"text"'])('is none as %s', (text) => {
    expect(() => parseCloudEvent(Buffer.from(text))).toThrow(UnreadableCloudEventError);
  });
});
