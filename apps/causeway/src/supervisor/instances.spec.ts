import { ONE_OF_EACH, parseInstances } from './instances';

describe('parseInstances', () => {
  it('runs every service once unless told otherwise', () => {
    expect(parseInstances('')).toEqual(ONE_OF_EACH);
    expect(parseInstances('gateway=2,ledger=3')).toEqual({
      ...ONE_OF_EACH,
      'btp-gateway': 2,
      ledger: 3,
    });
  });

  it.each([
    ['wallet=1', 'unknown service "wallet"'],
    ['ledger', '"ledger" must give a count'],
    ['ledger=0', '"ledger=0" must give a count'],
    ['ledger=1.5', '"ledger=1.5" must give a count'],
    ['console=2', 'console runs as one process'],
    ['ledger=65', '"ledger=65" must give a count'],
  ])('refuses %s', (text, rule) => {
    expect(() => parseInstances(text)).toThrow(rule);
  });
});
