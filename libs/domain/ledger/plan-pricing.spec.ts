import type { JsonObject } from '#eventsourcing';
import { anIncoming, aTransferId, transferPrepared } from '#testing';
import { decodeEvent, encodeEvent } from './event-codec';

const PLAN = {
  kind: 'forward',
  ledgerId: 'b',
  transferId: aTransferId(2),
  amount: '1',
  expiresAtMs: 1,
};

test.each<[string, JsonObject, string]>([
  ['pays', {}, 'missing'],
  ['pays', { pays: 'nothing' }, 'not-one-of-the-known'],
  ['spreadPpm', { pays: 'asked' }, 'missing'],
  ['spreadPpm', { pays: 'asked', spreadPpm: '1' }, 'not-an-integer'],
  ['ratesVersion', { pays: 'asked', spreadPpm: 1, ratesVersion: 1.5 }, 'not-an-integer'],
  ['fee', { pays: 'asked', spreadPpm: 1, fee: 1 }, 'not-text'],
  ['maxOut', { pays: 'asked', spreadPpm: 1, maxIn: '1', maxOut: '1' }, 'unexpected'],
  ['more', { pays: 'asked', spreadPpm: 1, more: 1 }, 'unexpected'],
])('what cannot be read of a pricing is named: %s of %j', (member, pricing, rule) => {
  const encoded = encodeEvent(transferPrepared(anIncoming()));
  const payload = { ...encoded.payload, plan: { ...PLAN, pricing } };
  expect(() => decodeEvent({ ...encoded, payload })).toThrow(
    expect.objectContaining({ member: `plan.pricing.${member}`, rule }) as Error,
  );
});
