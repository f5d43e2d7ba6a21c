import type { JsonSchema } from './json-schema';

/** One version of one type of event, as integrators are promised it. */
export interface EventSchema {
  /** What has happened, for somebody who reads the catalogue. */
  readonly summary: string;
  /**
   * transfer: the CloudEvent's `subject` is the transfer's id; ledger: it has none; connector: nor
   * has it a ledger.
   */
  readonly concerns: 'ledger' | 'transfer' | 'connector';
  /** Whether the CloudEvent may carry the ILP packet in `packet`. */
  readonly carriesPacket: boolean;
  /** The CloudEvent's `data`: the stored payload. */
  readonly data: JsonSchema;
}

export function aboutLedger(summary: string, data: JsonSchema): EventSchema {
  return { summary, concerns: 'ledger', carriesPacket: false, data };
}

export function aboutConnector(summary: string, data: JsonSchema): EventSchema {
  return { summary, concerns: 'connector', carriesPacket: false, data };
}

export function aboutTransfer(summary: string, data: JsonSchema): EventSchema {
  return { summary, concerns: 'transfer', carriesPacket: false, data };
}
