/**
 * Every subject of the bus. `scope` is the connector's slug, so that several connectors share one
 * NATS; ids in subjects are slugs, never ILP addresses (their dots would be separators).
 */
export function subjectsOf(scope: string) {
  const root = `causeway.${scope}`;
  return {
    /** Hot link, queue group `router`: a Prepare that needs a plan. */
    routerPrepare: `${root}.router.prepare`,
    /** Hot link: whatever concerns the ledgers of one partition; its owner listens. */
    ledgerPartition: (partition: number): string => `${root}.ledger.p${partition}`,
    /** Hot link: deliveries to a peer; whoever holds its session listens. */
    gatewayPeer: (peerId: string): string => `${root}.gateway.${peerId}`,
    /** Hot link: answers to one gateway process. */
    gatewayAnswers: (gatewayId: string): string => `${root}.answers.${gatewayId}`,
    /** Control plane, request/reply, queue group of the service. */
    ledgerList: `${root}.ledger.list`,
    ledgerOpen: `${root}.ledger.open`,
    quoterAsk: `${root}.quoter.ask`,
    peerState: `${root}.gateway.peers`,
    /** Control plane, broadcast: the set of ledgers, or something about one, changed. */
    ledgersChanged: `${root}.ledgers.changed`,
  } as const;
}

export type Subjects = ReturnType<typeof subjectsOf>;

/** Integration events on JetStream. */
export function eventSubject(scope: string, ledgerId: string, eventType: string): string {
  return `causeway.events.${scope}.${ledgerId}.${eventType}`;
}
