import type { BtpErrorName } from './btp-errors';
import type { BtpMessage, BtpPacket, ProtocolData } from './btp-packet';
import { CONTENT_TYPE, octetEntry, protocolEntry, SUB_PROTOCOL, textEntry } from './sub-protocols';

const NO_BYTES = Buffer.alloc(0);

/** The first packet of a BTP/1.0 client (SPEC §5.5). Both texts may be empty. */
export function authMessage(requestId: number, username: string, token: string): BtpMessage {
  return {
    type: 'message',
    requestId,
    protocolData: [
      octetEntry(SUB_PROTOCOL.auth, NO_BYTES),
      textEntry(SUB_PROTOCOL.authUsername, username),
      textEntry(SUB_PROTOCOL.authToken, token),
    ],
  };
}

/** Why a first packet does not authenticate anybody, whatever the credentials. */
export type AuthFault =
  | 'not-a-message'
  | 'primary-not-auth'
  | 'duplicate-names'
  /** A token without a username is how clients of BTP/2.0 begin. */
  | 'later-protocol'
  | 'missing-entry'
  | 'wrong-content-type';

/**
 * What the first packet of a client says: its credentials, still to be compared, or the fault and
 * the name of the Error it is answered with before the socket is closed.
 */
export type AuthResult =
  | { readonly kind: 'credentials'; readonly username: string; readonly token: string }
  | { readonly kind: 'refused'; readonly fault: AuthFault; readonly error: BtpErrorName };

const ERROR_OF_FAULT: Readonly<Record<AuthFault, BtpErrorName>> = {
  'not-a-message': 'InvalidFieldsError',
  'primary-not-auth': 'InvalidFieldsError',
  'duplicate-names': 'InvalidFieldsError',
  'later-protocol': 'InvalidFieldsError',
  'missing-entry': 'InvalidFieldsError',
  'wrong-content-type': 'NotAcceptedError',
};

/** Reads a first packet by the table of SPEC §5.5; faults are found in the order of `AuthFault`. */
export function readAuth(packet: BtpPacket): AuthResult {
  if (packet.type !== 'message') return refused('not-a-message');
  const { protocolData } = packet;
  if (protocolData[0]?.protocolName !== SUB_PROTOCOL.auth) return refused('primary-not-auth');
  if (hasDuplicates(protocolData)) return refused('duplicate-names');
  const username = protocolEntry(protocolData, SUB_PROTOCOL.authUsername);
  const token = protocolEntry(protocolData, SUB_PROTOCOL.authToken);
  if (username === undefined && token !== undefined) return refused('later-protocol');
  if (username === undefined || token === undefined) return refused('missing-entry');
  if (!isText(username) || !isText(token)) return refused('wrong-content-type');
  return {
    kind: 'credentials',
    username: username.data.toString('utf8'),
    token: token.data.toString('utf8'),
  };
}

function refused(fault: AuthFault): AuthResult {
  return { kind: 'refused', fault, error: ERROR_OF_FAULT[fault] };
}

function hasDuplicates(protocolData: readonly ProtocolData[]): boolean {
  return new Set(protocolData.map((entry) => entry.protocolName)).size < protocolData.length;
}

function isText(entry: ProtocolData): boolean {
  return entry.contentType === CONTENT_TYPE.text;
}
