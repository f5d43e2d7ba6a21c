import { parseFrom, RepublishFromError } from './republish-from';

describe('--from', () => {
  it.each([
    ['all', { kind: 'all' }],
    ['1', { kind: 'position', position: 1 }],
    ['1200', { kind: 'position', position: 1_200 }],
    ['2026-01-31T12:00:00Z', { kind: 'time', sinceMs: Date.UTC(2026, 0, 31, 12) }],
    [
      '2026-01-31T12:00:00.5+01:00',
      { kind: 'time', sinceMs: Date.UTC(2026, 0, 31, 11, 0, 0, 500) },
    ],
  ])('takes %s', (text, from) => {
    expect(parseFrom(text)).toEqual(from);
  });

  it.each([
    '',
    '0',
    '-1',
    '1.5',
    'everything',
    '2026-01-31',
    '2026-01-31T12:00:00',
    '2026-13-01T00:00Z',
  ])('refuses "%s"', (text) => {
    expect(() => parseFrom(text)).toThrow(RepublishFromError);
  });
});
