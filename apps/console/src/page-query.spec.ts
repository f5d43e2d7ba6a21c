import { pageLimit, partitionNumber, place } from './page-query';

describe('page parameters', () => {
  it('have defaults', () => {
    expect(pageLimit(undefined)).toBe(100);
    expect(place('after', undefined)).toBe(0);
  });

  it.each(['0', '1001', '-1', '1e2', 'ten', ''])('refuse the limit "%s"', (text) => {
    expect(() => pageLimit(text)).toThrow('limit must be an integer from 1 to 1000');
  });

  it('refuse a partition that no log has', () => {
    expect(partitionNumber('64', 64)).toBe(64);
    expect(() => partitionNumber('65', 64)).toThrow('from 0 to 64');
  });

  it.each(['-1', '1.5', 'x', '9999999999999999'])('refuse the place "%s"', (text) => {
    expect(() => place('after', text)).toThrow('after must be an integer from 0');
  });
});
