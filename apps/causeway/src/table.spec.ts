import { table } from './table';

describe('table', () => {
  it('aligns columns, numbers to the right', () => {
    const lines = table(
      ['ledger', 'balance'],
      [
        ['alice', '-5'],
        ['bob', '12345678'],
      ],
      [1],
    );
    expect(lines).toEqual(['ledger   balance', 'alice         -5', 'bob     12345678']);
  });
});
