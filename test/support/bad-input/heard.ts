import type { BtpPacket, BtpPrepare } from '#protocol';
import type { BtpPeer } from '#testing';

const WITHIN_MS = 30_000;

type Ending = Extract<BtpPacket, { readonly type: 'fulfill' | 'reject' }>;

/**
 * Waits for the Prepare under that condition: one of an earlier payment may be repeated at any time.
 * @throws NothingCameError
 */
export async function hearsPrepare(
  peer: BtpPeer,
  { executionCondition }: Pick<BtpPrepare, 'executionCondition'>,
): Promise<BtpPrepare> {
  const isWanted = (one: BtpPacket): boolean =>
    one.type === 'prepare' && one.executionCondition.equals(executionCondition);
  const prepare = await peer.received.next(isWanted, 'prepare', WITHIN_MS);
  if (prepare.type !== 'prepare') throw new Error('not a Prepare');
  return prepare;
}

/**
 * Waits for the Fulfill or the Reject of that transfer, whatever is repeated of earlier ones.
 * @throws NothingCameError
 */
export async function hearsEnd(
  peer: BtpPeer,
  { transferId }: Pick<BtpPrepare, 'transferId'>,
): Promise<Ending> {
  const isWanted = (one: BtpPacket): boolean => isEnding(one) && one.transferId === transferId;
  const ending = await peer.received.next(isWanted, `end of ${transferId}`, WITHIN_MS);
  if (!isEnding(ending)) throw new Error('not the end of a transfer');
  return ending;
}

function isEnding(packet: BtpPacket): packet is Ending {
  return packet.type === 'fulfill' || packet.type === 'reject';
}
