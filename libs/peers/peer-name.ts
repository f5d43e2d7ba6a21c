interface AddedPeer {
  readonly peerId: string;
  readonly addedBy: string;
  readonly addedAtMs: number;
}

/** How an operator finds a peer that was added at run time. */
export function nameOf({ peerId, addedBy, addedAtMs }: AddedPeer): string {
  return `the peer ${peerId}, added by ${addedBy} on ${new Date(addedAtMs).toISOString()}`;
}
