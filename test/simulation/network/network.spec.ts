import { NetworkStory } from './network-story';

/*
 * Networks of real routing tables, whose broadcasts go over as bytes. Each story ends with a violation that names seed
 * and step if a rule does not hold; `npm run simulate -- --seed N --connectors 8` tells it again.
 */
const CONNECTORS = 8;

describe.each([
  // Each kind of network, with curves of all their points and with simplified ones.
  ['paths', [1, 2, 3, 4, 5, 6, 7, 8]],
  ['mixed', [28, 29]],
] as const)('where %s are told', (speech, seeds) => {
  test.each(seeds)('network %i finds its routes, keeps its promises, and heals', (seed) => {
    const { plan, ...counts } = NetworkStory.tell(seed, { connectors: CONNECTORS });
    expect(plan.speech).toBe(speech);
    expect(counts.convergences).toHaveLength(4);
    expect(counts.updates).toBeGreaterThan(20);
    if (speech === 'paths') expect(Math.min(counts.payments, counts.curves)).toBeGreaterThan(20);
  });
});

test('a seed always tells the same story, and another seed another one', () => {
  const digest = (seed: number): string => NetworkStory.tell(seed, { connectors: 5 }).digest;
  expect(digest(6)).toBe(digest(6));
  expect(digest(2)).not.toBe(digest(6));
});
