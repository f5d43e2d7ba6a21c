import { randomUUID } from 'node:crypto';
import type { LedgerFigures, LedgerOrderReply, PlannedPayment } from '#contracts';
import { anIlpPayment, aPreimage } from '#testing';
import { description, LedgerStage, until } from '../test/ledger-stage';

const { condition } = aPreimage();

let stage: LedgerStage;

beforeAll(async () => {
  stage = await LedgerStage.open();
  const bob = { ledgerId: 'bob', prefix: 'test.bob.', minBalance: '-1000' };
  await stage.openLedgers(description({ maxBalance: '5000', minBalance: '0' }), description(bob));
});

afterAll(() => stage.close());

const newest = (ledgerId: string): LedgerFigures | undefined =>
  stage.figures.findLast((one) => one.ledgerId === ledgerId);

async function announces(wanted: Omit<LedgerFigures, 'version'>): Promise<void> {
  const { ledgerId, maxIn, maxOut } = wanted;
  await until(
    () => {
      const told = newest(ledgerId);
      return told?.maxIn === maxIn && told.maxOut === maxOut;
    },
    `figures ${JSON.stringify(wanted)}, ${JSON.stringify(stage.figures)}`,
  );
}

describe('what ledgers can carry', () => {
  it('is announced of those that were opened', async () => {
    await announces({ ledgerId: 'alice', maxIn: '5000', maxOut: '0' });
    await announces({ ledgerId: 'bob', maxIn: null, maxOut: '1000' });
  });

  it('is announced when transfers are put on hold, and stands on record then', async () => {
    await stage.ask<PlannedPayment>({
      kind: 'planned-payment',
      ledgerId: 'alice',
      transferId: randomUUID(),
      amount: 100n,
      condition,
      expiresAtMs: Date.now() + 60_000,
      receivedAtMs: Date.now(),
      packet: anIlpPayment(),
      sideDataDigest: null,
      plan: {
        kind: 'forward',
        ledgerId: 'bob',
        transferId: randomUUID(),
        amount: 99n,
        expiresAtMs: Date.now() + 50_000,
      },
    });
    await announces({ ledgerId: 'alice', maxIn: '4900', maxOut: '0' });
    await announces({ ledgerId: 'bob', maxIn: null, maxOut: '901' });
    expect(stage.running.listFigures()).toContainEqual(newest('alice'));
    expect(newest('alice')?.version).toBe(2);
  });

  it('is announced by the time that an operator hears what he has changed', async () => {
    for (const [kind, maxOut] of [
      ['pause', '0'],
      ['resume', '901'],
    ] as const) {
      const order = { ledgerId: 'bob', kind, by: 'olivia', reason: 'maintenance' } as const;
      const done = await stage.running.ask<LedgerOrderReply>('bob', (reply) => ({
        kind: 'order',
        order,
        reply,
      }));
      expect([done?.outcome, newest('bob')?.maxOut]).toEqual(['done', maxOut]);
    }
  });

  it('is announced again by whoever serves the ledgers next, holds included', async () => {
    await stage.stop();
    stage.figures.length = 0;
    await stage.start();
    expect(stage.running.listFigures()).toContainEqual({
      ledgerId: 'bob',
      version: 4,
      maxIn: null,
      maxOut: '901',
    });
    await announces({ ledgerId: 'alice', maxIn: '4900', maxOut: '0' });
    await announces({ ledgerId: 'bob', maxIn: null, maxOut: '901' });
  });
});
