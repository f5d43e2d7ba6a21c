import type { LedgerOrder, LedgerOrderReply } from '#contracts';
import { description, LedgerStage } from '../test/ledger-stage';

const given = { ledgerId: 'alice', by: 'carol' } as const;
const configured = description({ maxBalance: '1000', minBalance: '-1000' });

interface Row {
  readonly type: string;
  readonly payload: Readonly<Record<string, unknown>>;
  readonly version: string;
}

describe('orders of an operator', () => {
  let stage: LedgerStage;

  beforeAll(async () => {
    stage = await LedgerStage.open();
    await stage.openLedgers(configured);
  });

  afterAll(() => stage.close());

  async function give(order: LedgerOrder): Promise<LedgerOrderReply> {
    const reply = await stage.running.ask<LedgerOrderReply>(order.ledgerId, (answer) => ({
      kind: 'order',
      order,
      reply: answer,
    }));
    if (reply === undefined) throw new Error('no reply');
    return reply;
  }

  function log(): Promise<Row[]> {
    return stage.database.dataSource.query(
      `SELECT type, payload::json AS payload, version::text FROM ledger_events
        WHERE ledger_id = 'alice' ORDER BY version`,
    );
  }

  async function restart(): Promise<void> {
    await stage.stop();
    await stage.start();
  }

  it('are on record, with who gave them, before they are answered', async () => {
    const before = Date.now();
    const settle = { ...given, kind: 'settle', reference: 'R1', direction: 'paid' } as const;
    const reply = await give({ ...settle, amount: '500' });
    expect(reply).toMatchObject({ outcome: 'done', event: 'SettlementRecorded', version: 2 });
    const [row] = await log().then((rows) => rows.filter(({ version }) => version === '2'));
    expect(row).toMatchObject({
      type: 'SettlementRecorded',
      payload: { amount: '500', by: 'carol', direction: 'paid', reference: 'R1' },
    });
    const [time] = await stage.database.dataSource.query<{ at: Date }[]>(
      `SELECT occurred_at AS at FROM ledger_events WHERE ledger_id = 'alice' AND version = 2`,
    );
    expect(time?.at.getTime()).toBeGreaterThanOrEqual(before);
  });

  it('are told apart from their repetition, also after a restart', async () => {
    const settle = { ...given, kind: 'settle', reference: 'R1', direction: 'paid' } as const;
    await restart();
    expect(await give({ ...settle, amount: '500' })).toMatchObject({
      outcome: 'repeated',
      ledger: { balance: '500' },
    });
    expect(await give({ ...settle, amount: '501' })).toMatchObject({
      outcome: 'refused',
      refusal: { kind: 'ReferenceInUse' },
    });
    expect(await log()).toHaveLength(2);
  });

  it('happen once when given many times at once', async () => {
    const order: LedgerOrder = {
      ...given,
      kind: 'settle',
      reference: 'R-many',
      direction: 'received',
      amount: '7',
    };
    const replies = await Promise.all(Array.from({ length: 20 }, () => give(order)));
    expect(replies.filter(({ outcome }) => outcome === 'done')).toHaveLength(1);
    expect(replies.filter(({ outcome }) => outcome === 'repeated')).toHaveLength(19);
  });

  it('leave a ledger paused over a restart, until it is resumed', async () => {
    await give({ ...given, kind: 'pause', reason: 'maintenance' });
    await restart();
    expect(await give({ ...given, kind: 'pause', reason: 'maintenance' })).toMatchObject({
      outcome: 'repeated',
      ledger: { standing: 'paused' },
    });
    expect(await give({ ...given, kind: 'resume', reason: 'over' })).toMatchObject({
      outcome: 'done',
      ledger: { standing: 'open' },
    });
  });

  it('outlive a start with the same limits in the configuration, and not one with new ones', async () => {
    await give({ ...given, kind: 'change-limits', maxBalance: '5' });
    await restart();
    expect(await stage.running.ensure(configured)).toEqual({ outcome: 'unchanged' });
    expect(stage.running.describe()).toMatchObject([{ maxBalance: '5', minBalance: '-1000' }]);
    const renewed = { ...configured, maxBalance: '2000' };
    expect(await stage.running.ensure(renewed)).toEqual({ outcome: 'limits-changed' });
    await restart();
    expect(await stage.running.ensure(renewed)).toEqual({ outcome: 'unchanged' });
    expect(stage.running.describe()).toMatchObject([{ maxBalance: '2000', minBalance: '-1000' }]);
    const changes = (await log()).filter(({ type }) => type === 'LimitsChanged');
    expect(changes.map(({ payload }) => payload.by)).toEqual(['carol', 'configuration']);
  });

  it('ask for a settlement once, when a threshold is reached', async () => {
    await give({ ...given, kind: 'change-thresholds', high: '600', settleTo: '100' });
    const settle = { ...given, kind: 'settle', direction: 'paid' } as const;
    await give({ ...settle, reference: 'R-high', amount: '200' });
    await give({ ...settle, reference: 'R-higher', amount: '1' });
    const rows = await log();
    expect(rows.filter(({ type }) => type === 'SettlementRequested')).toMatchObject([
      { payload: { amount: '593', balance: '693', direction: 'collect' } },
    ]);
    expect(rows.filter(({ type }) => type === 'ThresholdCrossed')).toHaveLength(1);
  });

  it('end with the closing of the ledger, which keeps its balance on record', async () => {
    const close = { ...given, kind: 'close', reason: 'we part' } as const;
    expect(await give(close)).toMatchObject({
      refusal: { kind: 'BalanceNotAcknowledged', figures: { balance: '694', acknowledged: '0' } },
    });
    expect(await give({ ...close, balance: '694' })).toMatchObject({ event: 'LedgerClosed' });
    await restart();
    expect(await stage.running.ensure({ ...configured, maxBalance: '1' })).toEqual({
      outcome: 'unchanged',
    });
    expect(await give({ ...given, kind: 'resume', reason: 'again' })).toMatchObject({
      refusal: { kind: 'LedgerClosed' },
    });
  });
});
