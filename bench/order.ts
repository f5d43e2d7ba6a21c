import { parseArgs, type ParseArgsConfig } from 'node:util';

/**
 * Reads `--name COUNT` for each default given, `--json`, and `--directory PATH`.
 * @throws Error naming the option
 */
export function readOrder<Name extends string>(
  defaults: Readonly<Record<Name, number>>,
): Readonly<Record<Name, number>> & {
  readonly json: boolean;
  /** Where the log is kept for another run. */
  readonly directory: string | undefined;
} {
  const names = Object.keys(defaults) as Name[];
  const counts = Object.fromEntries(
    names.map((name) => [name, { type: 'string' as const, default: String(defaults[name]) }]),
  );
  const options: NonNullable<ParseArgsConfig['options']> = {
    ...counts,
    json: { type: 'boolean', default: false },
    directory: { type: 'string' },
  };
  const { values } = parseArgs({ options });
  const read = (name: Name): [Name, number] => {
    const number = Number(values[name]);
    if (Number.isInteger(number) && number > 0) return [name, number];
    throw new Error(`--${name} must be a whole number above 0`);
  };
  const order = Object.fromEntries(names.map(read)) as Record<Name, number>;
  const { json, directory } = values;
  return {
    ...order,
    json: json === true,
    directory: typeof directory === 'string' ? directory : undefined,
  };
}
