import { EXPLAINED, PaymentsStage } from '../../test/payments-stage';

let stage: PaymentsStage;

beforeAll(async () => {
  stage = await PaymentsStage.open();
});

beforeEach(() => stage.begin());

afterEach(() => stage.end());

afterAll(() => stage.close());

const ask: PaymentsStage['ask'] = (...words) => stage.ask(...words);

describe('a quote', () => {
  test('is asked of a quoter, amounts in base units', async () => {
    const { status, body } = await ask('quote?from=alice&to=test.bob.x');
    expect({ status, body }).toEqual({ status: 200, body: EXPLAINED });
    await ask('quote?from=alice&to=test.bob.x&destinationAmount=1.5&unit=currency&hold=100');
    expect(stage.quoted).toEqual([
      { from: 'alice', to: 'test.bob.x', holdMs: 5000 },
      { from: 'alice', to: 'test.bob.x', holdMs: 100, destinationAmount: '15000' },
    ]);
  });

  test.each([
    ['from=alice', 'to'],
    ['from=alice&to=g.x&sourceAmount=1&destinationAmount=1', 'destinationAmount'],
    ['from=alice&to=g.x&sourceAmount=0', 'sourceAmount'],
    ['from=alice&to=g.x&sourceAmount=18446744073709551616', 'sourceAmount'],
    ['from=alice&to=g.x&destinationAmount=-1', 'destinationAmount'],
    [
      'from=alice&to=g.x&destinationAmount=1844674407370955.1616&unit=currency',
      'destinationAmount',
    ],
    ['from=alice&to=g.x&sourceAmount=0.00001&unit=currency', 'sourceAmount'],
    ['from=alice&to=g%20x', 'to'],
    ['from=alice&to=g.x&hold=-1', 'hold'],
    ['from=alice&to=g.x&hold=4294967296', 'hold'],
    ['from=alice&to=g.x&colour=red', 'colour'],
    ['from=alice&to=g.x&unit=x', 'unit'],
  ])('of %s is refused for %s', async (query, field) => {
    const { status, body } = await ask(`quote?${query}`);
    expect(status).toBe(422);
    expect(body).toMatchObject({ error: { kind: 'InvalidQuestion', problems: [{ field }] } });
    expect(stage.quoted).toEqual([]);
  });
});
