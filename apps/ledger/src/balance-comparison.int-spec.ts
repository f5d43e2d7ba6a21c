import { randomUUID } from 'node:crypto';
import { description, LedgerStage, until } from '../test/ledger-stage';

describe('the ledger service and the other sides of its ledgers', () => {
  let stage: LedgerStage;

  beforeAll(async () => {
    stage = await LedgerStage.open();
    await stage.openLedgers(
      description({ authority: 'symmetric' }),
      description({ ledgerId: 'bob', prefix: 'test.bob.', authority: 'shadow' }),
    );
  });

  afterAll(() => stage.close());

  /** The peer's session opens, and it answers the question that comes of it. */
  const compare = async (ledger: 'alice' | 'bob', balance: bigint): Promise<void> => {
    stage.balancesAsked.length = 0;
    stage.tell({ kind: 'session-opened', ledgerId: ledger, sessionId: randomUUID() });
    const find = () => stage.balancesAsked.findLast(({ ledgerId: id }) => id === ledger);
    await until(() => find() !== undefined, `a question to ${ledger}`);
    const reference = find()?.reference ?? 0;
    stage.tell({ kind: 'peer-balance', ledgerId: ledger, reference, balance });
    await stage.ask({ kind: 'balance-asked', ledgerId: ledger });
  };
  const logged = async (ledger: 'alice' | 'bob'): Promise<string[]> =>
    (await stage.events()).filter((line) => line.startsWith(`${ledger} `));
  const balanceOf = async (ledger: string): Promise<bigint | undefined> =>
    (await stage.ask({ kind: 'balance-asked', ledgerId: ledger })).balance?.balance;

  it('records once what both count, and what not, and adjusts nothing of a symmetric one', async () => {
    for (const balance of [0n, 0n, -7n, -7n, 0n]) await compare('alice', balance);
    expect(await logged('alice')).toEqual([
      'alice LedgerOpened',
      'alice BalanceCompared',
      'alice LedgerDisputed',
      'alice DisputeResolved',
    ]);
    expect(await balanceOf('alice')).toBe(0n);
  });

  it('sets a new shadow to the balance that its authority has from before, on record', async () => {
    await compare('bob', 20_000n);
    expect(await balanceOf('bob')).toBe(-20_000n);
    await compare('bob', 20_000n);
    expect(await logged('bob')).toEqual([
      'bob LedgerOpened',
      'bob ShadowDiverged',
      'bob ShadowReconciled',
    ]);
  });

  it('asks unasked too', async () => {
    stage.balancesAsked.length = 0;
    await stage.stop();
    await stage.start();
    await until(() => stage.balancesAsked.length >= 2, 'both to be asked by a new owner');
    expect(new Set(stage.balancesAsked.map((asked) => asked.ledgerId))).toEqual(
      new Set(['alice', 'bob']),
    );
    expect(await balanceOf('bob')).toBe(-20_000n);
  });
});
