import type { BtpResponse, ProtocolData } from '#protocol';
import type { Refusal } from './asker';
import type { PeerChannel } from './peer-channel';

export type PeerReply =
  | { readonly kind: 'response'; readonly response: BtpResponse }
  | { readonly kind: 'refusal'; readonly refusal: Refusal }
  | { readonly kind: 'silence' };

/** Asks the peer something by a Message, off the hot path. Never rejects. */
export function askOnce(
  session: PeerChannel,
  protocolData: readonly ProtocolData[],
): Promise<PeerReply> {
  return new Promise((resolve) => {
    if (session.isClosed()) {
      resolve({ kind: 'silence' });
      return;
    }
    const requestId = session.takeRequestId();
    session.ask(
      { type: 'message', requestId, protocolData },
      {
        askedAtMs: 0,
        onResponse: (response) => {
          resolve({ kind: 'response', response });
        },
        onRefusal: (refusal) => {
          resolve({ kind: 'refusal', refusal });
        },
        onSilence: () => {
          resolve({ kind: 'silence' });
        },
      },
    );
  });
}
