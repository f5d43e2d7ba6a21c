import { type ProtocolData, protocolEntry, SUB_PROTOCOL, UnreadablePacketError } from '#protocol';
import { askOnce } from './ask-once';
import type { PeerChannel } from './peer-channel';

/** What the peer said to a question, or why that is not known. */
type Told<T> =
  | { readonly kind: 'told'; readonly value: T }
  | { readonly kind: 'refusal' | 'silence' | 'unreadable'; readonly reason: string };

/** Asks for one sub-protocol of SPEC §5.6, and reads the answer. Never rejects. */
export async function askPeer<T>(
  session: PeerChannel,
  question: ProtocolData,
  read: (entry: ProtocolData) => T,
): Promise<Told<T>> {
  const reply = await askOnce(session, [question]);
  if (reply.kind === 'silence') return { kind: 'silence', reason: 'no answer' };
  if (reply.kind === 'refusal') {
    const { name, message } = reply.refusal;
    return { kind: 'refusal', reason: `${name}: ${message}` };
  }
  return readReply(reply.response.protocolData, question.protocolName, read);
}

function readReply<T>(
  protocolData: readonly ProtocolData[],
  name: string,
  read: (entry: ProtocolData) => T,
): Told<T> {
  const entry = protocolEntry(protocolData, name);
  if (entry === undefined) {
    const hasError = protocolEntry(protocolData, SUB_PROTOCOL.ilp) !== undefined;
    const reason = hasError ? 'the answer is an ILP error' : 'the answer says nothing about it';
    return { kind: 'unreadable', reason };
  }
  try {
    return { kind: 'told', value: read(entry) };
  } catch (error) {
    if (error instanceof UnreadablePacketError)
      return { kind: 'unreadable', reason: error.message };
    throw error;
  }
}
