/**
 * Stands in for the ILP packet of a final transfer whose packet was pruned from the log. Told
 * apart by identity: a transfer that carried an empty packet has an empty buffer of its own.
 */
export const PRUNED_PACKET: Buffer = Buffer.alloc(0);
