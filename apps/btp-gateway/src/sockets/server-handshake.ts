import type { PeerSettings } from '#platform';
import {
  type AuthFault,
  type BtpErrorName,
  type BtpPacket,
  decodeBtp,
  InvalidFieldError,
  isBtpRequestType,
  readAuth,
  UnreadablePacketError,
} from '#protocol';
import { LATER_PROTOCOL_REFUSED } from '../sessions/later-protocol';

/** What a frame of a socket that has not authenticated comes to (SPEC §5.5). */
export type Verdict =
  /** Not answered: the socket has until the end of the auth wait to do better. */
  | { readonly kind: 'ignore' }
  | { readonly kind: 'welcome'; readonly requestId: number; readonly peer: PeerSettings }
  | {
      readonly kind: 'refuse';
      readonly requestId: number;
      readonly error: BtpErrorName;
      readonly message: string;
    };

const MESSAGE_OF_FAULT: Readonly<Record<AuthFault, string>> = {
  'not-a-message': 'the first request must be a Message with auth',
  'primary-not-auth': 'the first entry of the first Message must be auth',
  'duplicate-names': 'an entry of the auth Message repeats a name',
  'later-protocol': `auth without auth_username: ${LATER_PROTOCOL_REFUSED}`,
  'missing-entry': 'auth_username and auth_token must both be present',
  'wrong-content-type': 'auth_username and auth_token must be of content type 1',
};

type Recognise = (username: string, token: string) => PeerSettings | undefined;

export function judgeFirstFrame(frame: Buffer, recognise: Recognise): Verdict {
  try {
    return judgePacket(decodeBtp(frame), recognise);
  } catch (error) {
    if (error instanceof UnreadablePacketError) return { kind: 'ignore' };
    if (error instanceof InvalidFieldError) return judgeFlawed(error);
    throw error;
  }
}

function judgePacket(packet: BtpPacket, recognise: Recognise): Verdict {
  const { requestId } = packet;
  // Nobody asked anything yet, and an answer must not be answered (SPEC §5.4).
  if (!isBtpRequestType(packet.type)) return { kind: 'ignore' };
  const auth = readAuth(packet);
  if (auth.kind === 'refused') {
    const message = MESSAGE_OF_FAULT[auth.fault];
    return { kind: 'refuse', requestId, error: auth.error, message };
  }
  const peer = recognise(auth.username, auth.token);
  if (peer !== undefined) return { kind: 'welcome', requestId, peer };
  const message = 'invalid auth token and/or username';
  return { kind: 'refuse', requestId, error: 'NotAcceptedError', message };
}

function judgeFlawed(flaw: InvalidFieldError): Verdict {
  if (!isBtpRequestType(flaw.packetType)) return { kind: 'ignore' };
  const { requestId } = flaw;
  const message = MESSAGE_OF_FAULT['not-a-message'];
  return { kind: 'refuse', requestId, error: 'InvalidFieldsError', message };
}
