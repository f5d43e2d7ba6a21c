import { DialectChoice } from './dialect-choice';

describe('the dialect of a peer of whom we know nothing', () => {
  test('is v17 until the peer shows v21, and v21 for good then', () => {
    const choice = DialectChoice.of('auto');
    expect(choice.findings.inUse).toBe('v17');
    choice.accepted();
    expect(choice.shown()).toBe(true);
    expect(choice.findings).toEqual({ inUse: 'v21', isSettled: true, isTrial: false });
    expect(choice.shown()).toBe(false);
    expect(choice.refused()).toBe(false);
    expect(choice.findings.inUse).toBe('v21');
  });

  test('is v21 for good when v17 is refused and v21 is not', () => {
    const choice = DialectChoice.of('auto');
    expect(choice.refused()).toBe(true);
    expect(choice.findings).toEqual({ inUse: 'v21', isSettled: false, isTrial: true });
    choice.accepted();
    expect(choice.findings).toEqual({ inUse: 'v21', isSettled: true, isTrial: false });
  });

  test('is v17 again when both are refused, and v21 is tried once more at the next refusal', () => {
    const choice = DialectChoice.of('auto');
    expect(choice.refused()).toBe(true);
    expect(choice.refused()).toBe(false);
    expect(choice.findings.inUse).toBe('v17');
    expect(choice.refused()).toBe(true);
  });

  test('is v17 again when v21 was tried and nobody answered', () => {
    const choice = DialectChoice.of('auto');
    choice.refused();
    choice.unanswered();
    expect(choice.findings).toEqual({ inUse: 'v17', isSettled: false, isTrial: false });
  });

  test('is not in question again when it was shown during the trial', () => {
    const choice = DialectChoice.of('auto');
    choice.refused();
    expect(choice.shown()).toBe(false);
    choice.unanswered();
    expect(choice.findings.inUse).toBe('v21');
  });

  test('goes on where it was left', () => {
    const choice = DialectChoice.of('auto', { inUse: 'v21', isSettled: true, isTrial: false });
    expect(choice.findings.inUse).toBe('v21');
  });
});

test.each(['v17', 'v21'] as const)('a configured dialect stays: %s', (dialect) => {
  const choice = DialectChoice.of(dialect, { inUse: 'v17', isSettled: false, isTrial: true });
  expect(choice.shown()).toBe(false);
  expect(choice.refused()).toBe(false);
  choice.accepted();
  choice.unanswered();
  expect(choice.findings.inUse).toBe(dialect);
});
