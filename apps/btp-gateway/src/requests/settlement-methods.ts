import type { SettlementMethod } from '#platform';
import { jsonEntry, type ProtocolData, SUB_PROTOCOL } from '#protocol';

/** Custom method of ilp-kit: how may I settle what I owe you (SPEC §7.5)? */
export const SETTLEMENT_METHODS_REQUEST = 'settlement_methods_request';
const SETTLEMENT_METHODS_RESPONSE = 'settlement_methods_response';

/** The `method` of a `custom` entry; undefined where it has none or is no JSON. */
export function customMethod(custom: ProtocolData): string | undefined {
  const read = parsed(custom);
  if (typeof read !== 'object' || read === null || !('method' in read)) return undefined;
  return typeof read.method === 'string' ? read.method : undefined;
}

/** The answer in the members that ilp-kit reads; ids count from 1, as its own do. */
export function settlementMethodsEntry(methods: readonly SettlementMethod[]): ProtocolData {
  const response = {
    method: SETTLEMENT_METHODS_RESPONSE,
    settlement_methods: methods.map(({ type, uri, name, description, logo }, index) => ({
      id: index + 1,
      name: name ?? type,
      type,
      description: description ?? '',
      uri,
      logo: logo ?? null,
    })),
  };
  return jsonEntry(SUB_PROTOCOL.custom, Buffer.from(JSON.stringify(response)));
}

function parsed({ data }: ProtocolData): unknown {
  try {
    return JSON.parse(data.toString('utf8'));
  } catch {
    return undefined;
  }
}
