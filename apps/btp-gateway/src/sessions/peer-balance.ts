import { encodeHot } from '#contracts';
import type { BatchedLink } from '#messaging';
import { peerText } from '#platform';
import { numberRequest, type ProtocolData, readAlphaBalance, readBalance } from '#protocol';
import type { Log } from '../log';
import type { BtpVersion } from '../peer-directory';
import { askPeer } from './ask-peer';
import type { PeerChannel } from './peer-channel';
import type { Said } from './peer-states';

export interface PeerBalanceParts {
  readonly session: PeerChannel;
  readonly ledgerId: string;
  /** Where the owner of the ledger listens. */
  readonly ownerSubject: string;
  readonly link: Pick<BatchedLink, 'send'>;
  readonly log: Log;
  readonly btpVersion: BtpVersion;
  /** Told what the peer says. */
  readonly hear: (said: Said) => void;
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
    const { session, ledgerId, ownerSubject, link, btpVersion, hear } = this.parts;
    const read = balanceReader(btpVersion);
    const balance = await askPeer(session, numberRequest('balance'), read);
    if (balance.kind !== 'told') {
      this.warnOnce(balance.reason);
      return;
    }
    if (balance.value === undefined) return;
    hear({ balance: balance.value.toString() });
    const told = { kind: 'peer-balance', ledgerId, reference, balance: balance.value } as const;
    link.send(ownerSubject, encodeHot(told));
  }

  private warnOnce(reason: string): void {
    const { session, log } = this.parts;
    if (this.hasWarned || session.isClosed()) return;
    this.hasWarned = true;
    const message = 'the peer does not tell its balance: whether we agree cannot be seen';
    log.warn({ peer: session.peerId, reason: peerText(reason) }, message);
  }
}

/**
 * Reads the peer's own balance from its answer, as far as that tells it.
 * @throws UnreadablePacketError, as it reads
 */
export function balanceReader(btpVersion: BtpVersion): (entry: ProtocolData) => bigint | undefined {
  return btpVersion === 'BTP/alpha' ? peersFromAlpha : readBalance;
}

/**
 * The peer's own balance from a BTP/alpha answer, which tells that of the asker, and nothing below
 * zero: 0 may stand for any debt of ours, so there is nothing to compare (SPEC §5.3, §5.6).
 * @throws UnreadablePacketError
 */
function peersFromAlpha(entry: ProtocolData): bigint | undefined {
  const ours = readAlphaBalance(entry);
  return ours === 0n ? undefined : -ours;
}
