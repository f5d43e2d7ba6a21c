import { encodeHot } from '#contracts';
import type { BatchedLink } from '#messaging';
import { numberRequest, readBalance } from '#protocol';
import type { Log } from '../log';
import { askPeer } from './ask-peer';
import type { BtpSession } from './btp-session';

export interface PeerBalanceParts {
  readonly session: BtpSession;
  readonly ledgerId: string;
  /** Where the owner of the ledger listens. */
  readonly ownerSubject: string;
  readonly link: Pick<BatchedLink, 'send'>;
  readonly log: Log;
}

/**
 * Asks the peer for its balance and tells the owner of the ledger, who compares (SPEC §7.5). Without
 * an answer nothing is told: the owner asks again in its own time.
 */
export class PeerBalance {
  private hasWarned = false;

  constructor(private readonly parts: PeerBalanceParts) {}

  /** @param reference of the owner's question */
  ask(reference: number): void {
    this.askAndTell(reference).catch((error: unknown) => {
      this.parts.log.error({ err: error, peer: this.parts.session.peerId }, 'no balance was told');
    });
  }

  private async askAndTell(reference: number): Promise<void> {
    const { session, ledgerId, ownerSubject, link } = this.parts;
    const balance = await askPeer(session, numberRequest('balance'), readBalance);
    if (balance.kind !== 'told') {
      this.warnOnce(balance.reason);
      return;
    }
    const told = { kind: 'peer-balance', ledgerId, reference, balance: balance.value } as const;
    link.send(ownerSubject, encodeHot(told));
  }

  private warnOnce(reason: string): void {
    const { session, log } = this.parts;
    if (this.hasWarned || session.isClosed()) return;
    this.hasWarned = true;
    const message = 'the peer does not tell its balance: whether we agree cannot be seen';
    log.warn({ peer: session.peerId, reason }, message);
  }
}
