import { isShadow, type LedgerState } from '#domain/ledger';
import type { SimulatedPeer } from './simulated-peer';

/** What differs between both sides' books of a ledger, but for what the peer knows to be disputed. */
export function peerFaults(ledger: LedgerState, peer: SimulatedPeer): string[] {
  const faults = peer.waiting().map((transfer) => `${ledger.id}'s peer waits: ${transfer}`);
  let ours = ledger.sums.incomingFulfilled - ledger.sums.outgoingFulfilled;
  for (const { id, direction, amount, status } of ledger.transfers.values()) {
    const isPaid = status === 'fulfilled';
    const theirs = peer.statusOf(id) ?? 'unknown';
    if ((theirs === 'fulfilled') === isPaid) continue;
    const isKnown = ledger.authority === 'symmetric' && peer.isDisputed(id);
    if (!isKnown) {
      faults.push(`${ledger.id} (${ledger.authority}) ${id} is ${status} here and ${theirs} there`);
    }
    const counted = direction === 'incoming' ? amount : -amount;
    ours += isPaid ? -counted : counted;
  }
  if (ours !== peer.balance()) faults.push(`${ledger.id}: ${ours} here, ${peer.balance()} there`);
  if (isShadow(ledger) && ledger.sums.adjusted !== 0n) faults.push(`${ledger.id} was adjusted`);
  return faults;
}
