import type { OperatorSettings } from './configuration';
import { isMapping } from './mapping';
import { listOf } from './structured-setting';

const NAME = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;
/** Whom the log names where no operator of the list gave the order. */
const TAKEN_NAMES: ReadonlySet<string> = new Set([
  'operator',
  'configuration',
  'peer',
  'authority',
]);

/** A list of `{ name, token }`; from the environment as JSON. The rules repeat no token. */
export function operatorList() {
  return listOf('name and token', operatorOf);
}

/** The operator, or the rule that the entry breaks. */
function operatorOf(
  entry: unknown,
  before: readonly OperatorSettings[],
): OperatorSettings | string {
  if (!isMapping(entry)) return 'must have a name and a token';
  const { name, token, ...others } = entry;
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) return `${unknown} is not a known key`;
  if (typeof name !== 'string' || !NAME.test(name)) {
    return 'name must be 1 to 63 lower-case letters, digits and inner dashes';
  }
  if (TAKEN_NAMES.has(name)) return `name must not be ${[...TAKEN_NAMES].join(', ')}`;
  if (typeof token !== 'string' || token === '') return 'token must be a text that is not empty';
  if (before.some((other) => other.name === name)) return `name ${name} was given before`;
  if (before.some((other) => other.token === token)) return 'token was given before';
  return { name, token };
}
