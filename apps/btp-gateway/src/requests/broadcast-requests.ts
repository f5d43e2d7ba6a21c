import type { LedgerDescription, PeerBroadcast } from '#contracts';
import { type BtpMessage, encodeIlp, ilpEntry, ilpError, type ProtocolData } from '#protocol';
import type { BroadcastVerdict } from './broadcast-lanes';
import type { RequestContext } from './request-context';

type Refused = Extract<BroadcastVerdict, { readonly outcome: 'refused' }>;

/** Answers what a peer says about routes with what a router makes of it (SPEC §11.7). */
export class BroadcastRequests {
  constructor(private readonly context: RequestContext) {}

  answer(
    { requestId }: BtpMessage,
    { contentType, data }: ProtocolData,
    { ledger, carriage }: { ledger: LedgerDescription; carriage: PeerBroadcast['carriage'] },
  ): void {
    const { broadcasts, load, session, log } = this.context;
    const { peerId } = session;
    load.begin();
    broadcasts
      .carry({ ledgerId: ledger.ledgerId, peerId, carriage, contentType, data })
      .then((verdict) => {
        this.tell(requestId, verdict, ledger);
      })
      .finally(() => {
        load.end();
      })
      .catch((error: unknown) => {
        log.error({ err: error, peer: peerId }, 'a broadcast could not be answered');
      });
  }

  private tell(requestId: number, verdict: BroadcastVerdict, ledger: LedgerDescription): void {
    const { session, metrics, log } = this.context;
    switch (verdict.outcome) {
      case 'accepted':
        metrics.requests.accepted += 1;
        session.respond(requestId);
        return;
      case 'refused':
        metrics.requests.refused += 1;
        session.respond(requestId, [this.errorEntry(verdict, ledger)]);
        return;
      case 'busy':
        metrics.requests['too-many'] += 1;
        session.refuse(requestId, 'UnreachableError', 'too many broadcasts wait for their answer');
        return;
      case 'unavailable':
        metrics.requests.refused += 1;
        log.warn({ err: verdict.error, peer: session.peerId }, 'no router takes a broadcast');
        session.refuse(requestId, 'UnreachableError', 'broadcasts cannot be taken now');
    }
  }

  /** As peers expect it of a handler that failed (SPEC §5.6). */
  private errorEntry({ ilpError: made, code, message }: Refused, ledger: LedgerDescription) {
    if (made !== undefined) return ilpEntry(made);
    const error = ilpError({
      code,
      triggeredBy: ledger.prefix + ledger.account,
      triggeredAtMs: this.context.clock(),
      data: message,
    });
    return ilpEntry(encodeIlp(error));
  }
}
