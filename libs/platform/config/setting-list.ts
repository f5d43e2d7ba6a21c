import { z } from 'zod';

/** Every setting of a section with its key; settings of a section inside it too. */
export function settingsIn(section: z.ZodObject, prefix: string): [key: string, z.ZodType][] {
  return Object.entries(section.shape).flatMap(([name, schema]): [string, z.ZodType][] => {
    const key = `${prefix}${name}`;
    const inner: unknown = schema instanceof z.ZodPrefault ? schema.unwrap() : schema;
    if (inner instanceof z.ZodObject) return settingsIn(inner, `${key}.`);
    if (!(schema instanceof z.ZodType)) throw new TypeError(`${key} has no schema`);
    return [[key, schema]];
  });
}
