import type { SettlementMethod } from '#platform';
import { jsonEntry, type ProtocolData, SUB_PROTOCOL } from '#protocol';
import { parsedCustom } from './custom-json';

/** Custom method of ilp-kit: how may I settle what I owe you (SPEC §7.5)? */
const SETTLEMENT_METHODS_REQUEST = 'settlement_methods_request';
const SETTLEMENT_METHODS_RESPONSE = 'settlement_methods_response';

export function asksForSettlementMethods(custom: ProtocolData): boolean {
  return parsedCustom(custom).method === SETTLEMENT_METHODS_REQUEST;
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
