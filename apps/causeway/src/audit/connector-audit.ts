import type { Tell } from '#domain/audit';
import {
  decodePeeringEvent,
  evolvePeers,
  NO_PEERS,
  type PeeringEvent,
  type PeeringState,
  UnreadablePeeringEventError,
} from '#domain/peering';
import type { JsonObject, RecordedEvent } from '#eventsourcing';

/**
 * Folds the connector's own stream, oldest first, and tells whatever no honest connector could have
 * written: a peer that is added twice, say.
 */
export class ConnectorAudit {
  private peers: PeeringState = NO_PEERS;

  constructor(private readonly tell: Tell) {}

  apply(recorded: RecordedEvent): void {
    const event = this.read(recorded);
    if (event === undefined) return;
    this.check(event, recorded);
    this.peers = evolvePeers(this.peers, event, recorded);
  }

  private read(recorded: RecordedEvent): PeeringEvent | undefined {
    try {
      const payload = JSON.parse(recorded.payload) as JsonObject;
      return decodePeeringEvent({ ...recorded, payload });
    } catch (error) {
      if (!(error instanceof UnreadablePeeringEventError)) throw error;
      const expected = 'an event that this version knows';
      this.tell({ ...placeOf(recorded), rule: 'unreadable-event', expected, found: error.message });
      return undefined;
    }
  }

  private check(event: PeeringEvent, recorded: RecordedEvent): void {
    if (event.type === 'PeeringProposed') return;
    const isAdded = event.type === 'PeerAdded';
    const peerId = isAdded ? event.peer.id : event.peerId;
    if (this.peers.peers.has(peerId) !== isAdded) return;
    const found = isAdded ? `${peerId}, which is there` : `${peerId}, which is not there`;
    const expected = isAdded ? 'a peer that is not there yet' : 'a peer that was added';
    this.tell({ ...placeOf(recorded), rule: `impossible: ${event.type}`, expected, found });
  }
}

function placeOf({ ledgerId: ledger, version }: RecordedEvent) {
  return { ledger, version, transfer: null };
}
