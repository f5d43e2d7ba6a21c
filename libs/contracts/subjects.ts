/**
 * Patterns of the control plane, as handlers declare them: `@MessagePattern(CONTROL.ledgerList)`.
 * The transport puts the connector's scope in front.
 */
export const CONTROL = {
  /** Request/reply, queue group of the service; `peerState` is answered by every gateway. */
  ledgerList: 'ledger.list',
  ledgerOpen: 'ledger.open',
  ledgerOrder: 'ledger.order',
  /** An operator's order to pay. */
  ledgerPay: 'ledger.pay',
  /** What operators ask: a quote with its reasons, and what a payment of our own would cost. */
  quoterExplain: 'quoter.explain',
  quoterPrice: 'quoter.price',
  ratesCurrent: 'rates.current',
  ratesSet: 'rates.set',
  /** Not below `gateway.`, where a peer of that name would hear it. */
  peerState: 'gateways.peers',
  /** Broadcast among gateways: I am here, and this is what I hold. */
  gatewayPresence: 'gateways.presence',
  /** Which peers were added at run time, with what they and we present; answered by the ledger service. */
  peersList: 'peers.list',
  /** Broadcast: a peer was added, changed or removed at run time. */
  peersChanged: 'peers.changed',
  /** Answered by one gateway: what the host of a connector says, and whether a peer can be dialled. */
  hostLookUp: 'gateways.look-up',
  peerTrial: 'gateways.try',
  /** Broadcast: the set of ledgers, or something about one, changed. */
  ledgersChanged: 'ledgers.changed',
  /** Broadcast: the exchange rates are others, or are withdrawn, or hold longer. */
  ratesChanged: 'rates.changed',
  /** Broadcast by the owners of ledgers: how much those can carry now that have changed. */
  ledgersFigures: 'ledgers.figures',
  /** Broadcast by gateways: a session of a peer was opened or has ended. */
  gatewaySessions: 'gateways.sessions',
  /** Operators' questions about routes, queue group `router`; `routerTold` is answered by the one that broadcasts. */
  routerRoutes: 'router.routes',
  routerExplain: 'router.explain',
  routerHeard: 'router.heard',
  routerTold: 'router.told',
  /** A peer's broadcast of routes, queue group `router`. */
  routerBroadcast: 'router.broadcast',
} as const;

/** The subject that a pattern of the control plane has within one connector. */
export function controlSubject(scope: string, pattern: string): string {
  return `causeway.${scope}.${pattern}`;
}

/**
 * Every subject of the bus. `scope` is the connector's slug, so that several connectors share one
 * NATS; ids in subjects are slugs, never ILP addresses (their dots would be separators).
 */
export function subjectsOf(scope: string) {
  const root = `causeway.${scope}`;
  return {
    /** Hot link, queue group `router`: a Prepare that needs a plan. */
    routerPrepare: `${root}.router.prepare`,
    /** Hot link, queue group `quoter`: what peers ask. */
    quoterQuestions: `${root}.quoter.questions`,
    /** Hot link: quotes for the peers of one gateway process. */
    gatewayQuotes: (gatewayId: string): string => `${root}.quotes.${gatewayId}`,
    /** Hot link: whatever concerns the ledgers of one partition; its owner listens. */
    ledgerPartition: (partition: number): string => `${root}.ledger.p${partition}`,
    /** Control plane: questions that only the owner of a partition can answer; it listens. */
    ledgerOwner: (partition: number): string => `${root}.ledger.owner.p${partition}`,
    /** Hot link: deliveries to a peer; whoever holds its session listens. */
    gatewayPeer: (peerId: string): string => `${root}.gateway.${peerId}`,
    /** Control plane: a Message to a peer; whoever holds its session answers for it. */
    gatewayAsk: (peerId: string): string => `${root}.gateways.ask.${peerId}`,
    /** Hot link: answers to one gateway process. */
    gatewayAnswers: (gatewayId: string): string => `${root}.answers.${gatewayId}`,
    /** Control plane; see `CONTROL`. */
    ledgerList: controlSubject(scope, CONTROL.ledgerList),
    ledgerOpen: controlSubject(scope, CONTROL.ledgerOpen),
    ledgerOrder: controlSubject(scope, CONTROL.ledgerOrder),
    ledgerPay: controlSubject(scope, CONTROL.ledgerPay),
    quoterExplain: controlSubject(scope, CONTROL.quoterExplain),
    quoterPrice: controlSubject(scope, CONTROL.quoterPrice),
    ratesCurrent: controlSubject(scope, CONTROL.ratesCurrent),
    ratesSet: controlSubject(scope, CONTROL.ratesSet),
    peerState: controlSubject(scope, CONTROL.peerState),
    gatewayPresence: controlSubject(scope, CONTROL.gatewayPresence),
    ledgersChanged: controlSubject(scope, CONTROL.ledgersChanged),
    ledgersFigures: controlSubject(scope, CONTROL.ledgersFigures),
    gatewaySessions: controlSubject(scope, CONTROL.gatewaySessions),
    routerBroadcast: controlSubject(scope, CONTROL.routerBroadcast),
    routerRoutes: controlSubject(scope, CONTROL.routerRoutes),
    routerExplain: controlSubject(scope, CONTROL.routerExplain),
    routerHeard: controlSubject(scope, CONTROL.routerHeard),
    routerTold: controlSubject(scope, CONTROL.routerTold),
    peersList: controlSubject(scope, CONTROL.peersList),
    peersChanged: controlSubject(scope, CONTROL.peersChanged),
    hostLookUp: controlSubject(scope, CONTROL.hostLookUp),
    peerTrial: controlSubject(scope, CONTROL.peerTrial),
    ratesChanged: controlSubject(scope, CONTROL.ratesChanged),
  } as const;
}

export type Subjects = ReturnType<typeof subjectsOf>;

/** Integration events on JetStream. */
export function eventSubject(scope: string, ledgerId: string, eventType: string): string {
  return `causeway.events.${scope}.${ledgerId}.${eventType}`;
}
