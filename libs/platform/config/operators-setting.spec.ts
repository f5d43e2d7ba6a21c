import { loadConfiguration } from './load-configuration';
import { least, problemsOf } from '../../../test/support/configuration-documents';

function load(document: object, env: Record<string, string> = {}) {
  return loadConfiguration({ document, env });
}

function problemsIn(document: object) {
  return problemsOf({ document, env: {} });
}

describe('operators of the console', () => {
  const carol = { name: 'carol', token: 'token-of-carol' };

  it('are a list in the file, and JSON in the environment', () => {
    const { operators } = load({ ...least, console: { token: 'x', operators: [carol] } }).console;
    expect(operators).toEqual([carol]);
    const env = { CAUSEWAY_CONSOLE_OPERATORS: JSON.stringify([carol]) };
    expect(load(least, env).console.operators).toEqual([carol]);
  });

  const refusal = (operators: unknown, listen = '127.0.0.1:0') =>
    problemsIn({
      ...least,
      console: { token: 'x'.repeat(24), listen, tlsProxy: true, operators },
    });

  it.each<[string, unknown, string]>([
    ['no list', { carol: 'x' }, 'must be a list of name and token'],
    ['text that is no JSON', '[', 'must be a list of name and token'],
    ['a bare name', ['carol'], 'entry 1: must have a name and a token'],
    ['an unknown key', [{ ...carol, role: 'x' }], 'entry 1: role is not a known key'],
    ['a name with capitals', [{ ...carol, name: 'Carol' }], 'entry 1: name must be 1 to 63'],
    [
      'a name that the log uses',
      [{ ...carol, name: 'configuration' }],
      'entry 1: name must not be',
    ],
    ['no token', [{ name: 'carol' }], 'entry 1: token must be'],
    ['a name twice', [carol, { ...carol, token: 'y' }], 'entry 2: name carol was given before'],
    ['a token twice', [carol, { ...carol, name: 'dave' }], 'entry 2: token was given before'],
    [
      'the token of everybody',
      [{ ...carol, token: 'x'.repeat(24) }],
      'must have tokens other than',
    ],
  ])('are not %s', (_, operators, rule) => {
    const [problem, ...more] = refusal(operators);
    expect(more).toEqual([]);
    expect(problem?.key).toBe('console.operators');
    expect(problem?.rule).toContain(rule);
    expect(problem?.rule).not.toContain(carol.token);
  });

  it('have long tokens when the console is exposed', () => {
    const [problem, ...more] = refusal([carol], '0.0.0.0:0');
    expect(more).toEqual([]);
    expect(problem?.key).toBe('console.operators');
    expect(problem?.rule).toContain('at least 24 characters');
  });
});
