import {
  decodeIlp,
  errorMessage,
  type ProtocolData,
  protocolEntry,
  SUB_PROTOCOL,
  UnreadablePacketError,
} from '#protocol';
import type { PeerAnswer } from './peer-question';

/** How a peer refuses what it was asked, in its own words. */
export interface PeerRefusal {
  /** Of the ILP error or, where it answers with an Error, of that; empty if it cannot be read. */
  readonly code: string;
  readonly name: string;
  readonly message: string;
}

const ILP_ERROR_TYPE = 8;
const UNREADABLE: PeerRefusal = { code: '', name: '', message: 'an error that cannot be read' };

/**
 * Why the peer refuses; undefined if it does not. Peers whose handler failed answer with a Response
 * that holds an ILP error, not with an Error (SPEC §5.6).
 */
export function refusalIn(answer: PeerAnswer): PeerRefusal | undefined {
  if (answer.type === 'response') return ilpRefusal(answer.protocolData);
  const { code, name, data } = answer;
  return { code, name, message: errorMessage(data) };
}

function ilpRefusal(protocolData: readonly ProtocolData[]): PeerRefusal | undefined {
  const packet = protocolEntry(protocolData, SUB_PROTOCOL.ilp)?.data;
  if (packet?.[0] !== ILP_ERROR_TYPE) return undefined;
  try {
    const error = decodeIlp(packet);
    if (error.type !== 'error') return UNREADABLE;
    return { code: error.code, name: error.name, message: errorMessage(error.data) };
  } catch (error) {
    if (error instanceof UnreadablePacketError) return UNREADABLE;
    throw error;
  }
}
