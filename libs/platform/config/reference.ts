import { z } from 'zod';
import { NAMED_SETTINGS, PEER_SECRETS, peerVariable } from './environment-names';
import { peer, route } from './peer-schema';
import { settingsIn } from './setting-list';
import { ADDRESSES, SECTIONS } from './settings-schema';

interface Row {
  readonly key: string;
  readonly variable: string;
  readonly fallback: string;
  readonly meaning: string;
}

/** Every setting with its variable, default and meaning, as a Markdown table for the README. */
export function configurationReference(): string {
  const rows = [...sectionRows(), ...rowsOf(peer, 'peers[].'), ...rowsOf(route, 'routes[].')];
  const lines = rows.map(
    ({ key, variable, fallback, meaning }) =>
      `| ${code(key)} | ${code(variable)} | ${fallback} | ${meaning} |`,
  );
  return [
    '| Key | Environment | Default | Meaning |',
    '| --- | --- | --- | --- |',
    ...lines,
    '',
    'A secret may also be read from the file that the same variable with `_FILE` at its end names:',
    `${secretVariables().map(code).join(', ')}.`,
    'In the variables of a peer, `<ID>` is its id in capitals, dashes as underscores.',
  ].join('\n');
}

function sectionRows(): Row[] {
  return [
    ...Object.entries(SECTIONS).flatMap(([section, schema]) => rowsOf(schema, `${section}.`)),
    ...Object.entries(ADDRESSES).map(([key, schema]) => rowOf(key, schema)),
  ];
}

function rowsOf(section: z.ZodObject, prefix: string): Row[] {
  return settingsIn(section, prefix).map(([key, schema]) => rowOf(key, schema));
}

function rowOf(key: string, schema: z.ZodType): Row {
  const meaning = schema.description;
  if (meaning === undefined) throw new TypeError(`${key} says not what it means`);
  return { key, variable: variableOf(key), fallback: fallbackOf(schema), meaning };
}

function fallbackOf(schema: z.ZodType): string {
  if (schema instanceof z.ZodPrefault) return code(String(schema.def.defaultValue));
  return schema instanceof z.ZodOptional ? '' : 'required';
}

function variableOf(key: string): string {
  const secret = PEER_SECRETS.find((name) => key === `peers[].${name}`);
  if (secret !== undefined) return peerVariable('<id>', secret);
  return NAMED_SETTINGS.find((setting) => setting.key === key)?.variable ?? '';
}

function secretVariables(): string[] {
  const named = NAMED_SETTINGS.filter(({ secret }) => secret).map(({ variable }) => variable);
  return [...named, ...PEER_SECRETS.map((key) => peerVariable('<id>', key))];
}

function code(text: string): string {
  return text === '' ? '' : `\`${text}\``;
}
