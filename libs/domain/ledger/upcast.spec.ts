import type { JsonObject } from '#eventsourcing';
import { currentVersion, upcast, type Upcaster } from './upcast';

const toTwo: Upcaster = ({ sum, ...rest }) => ({ ...rest, amount: sum });
const toThree: Upcaster = (payload) => ({ ...payload, note: null });
const chain = [toTwo, toThree];

test('new events are written in the version that the chain ends at', () => {
  expect(currentVersion([])).toBe(1);
  expect(currentVersion(chain)).toBe(3);
});

test.each<[number, JsonObject]>([
  [1, { id: 'x', sum: '5' }],
  [2, { id: 'x', amount: '5' }],
  [3, { id: 'x', amount: '5', note: null }],
])(
  'a payload of version %d goes through every step that it has not been through',
  (version, old) => {
    expect(upcast(chain, version, old)).toEqual({ id: 'x', amount: '5', note: null });
  },
);

test.each([0, -1, 4, 1.5, Number.NaN])('version %d is not known', (version) => {
  expect(upcast(chain, version, {})).toBeUndefined();
});

test('an old payload is left as it is', () => {
  const old = Object.freeze({ sum: '5' });
  upcast(chain, 1, old);
  expect(old).toEqual({ sum: '5' });
});
