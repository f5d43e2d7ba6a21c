import type { ProtocolData } from '#protocol';

/** What a `custom` entry is about, as its object says; both undefined where it is no object of JSON. */
export function parsedCustom({ data }: ProtocolData): {
  readonly method?: unknown;
  readonly type?: unknown;
} {
  try {
    const value: unknown = JSON.parse(data.toString('utf8'));
    return typeof value === 'object' && value !== null ? value : {};
  } catch {
    return {};
  }
}
