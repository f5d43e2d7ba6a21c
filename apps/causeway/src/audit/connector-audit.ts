import type { Tell } from '#domain/audit';
import {
  decodePeeringEvent,
  evolvePeers,
  NO_PEERS,
  type PeeringEvent,
  type PeeringState,
  UnreadablePeeringEventError,
} from '#domain/peering';
import {
  afterRatesEvent,
  decodeRatesEvent,
  impossibleRates,
  isRatesEventType,
  type LoggedRatesEvent,
  NO_RATES,
  type RatesHistory,
  UnreadableRatesEventError,
} from '#domain/rates';
import type { JsonObject, RecordedEvent } from '#eventsourcing';

type ConnectorEvent = PeeringEvent | LoggedRatesEvent;

/** What is wrong, without where. */
interface Fault {
  readonly rule: string;
  readonly expected: string;
  readonly found: string;
}

/**
 * Folds the connector's own stream, oldest first, and tells whatever no honest connector could have
 * written: a peer that is added twice, a change of the exchange rates that is missing, say.
 */
export class ConnectorAudit {
  private peers: PeeringState = NO_PEERS;
  private rates: RatesHistory = NO_RATES;

  constructor(private readonly tell: Tell) {}

  apply(recorded: RecordedEvent): void {
    const event = this.read(recorded);
    if (event === undefined) return;
    if (isRates(event)) this.applyRates(event, recorded);
    else this.applyPeering(event, recorded);
  }

  private read(recorded: RecordedEvent): ConnectorEvent | undefined {
    try {
      const encoded = { ...recorded, payload: JSON.parse(recorded.payload) as JsonObject };
      const isOfRates = isRatesEventType(recorded.type);
      return isOfRates ? decodeRatesEvent(encoded) : decodePeeringEvent(encoded);
    } catch (error) {
      if (!isUnreadable(error)) throw error;
      const expected = 'an event that this version knows';
      this.report(recorded, { rule: 'unreadable-event', expected, found: error.message });
      return undefined;
    }
  }

  /** Goes on after an event that cannot be as if it were true: what follows may be right again. */
  private applyRates(event: LoggedRatesEvent, recorded: RecordedEvent): void {
    const impossible = impossibleRates(this.rates, event);
    if (impossible !== undefined) {
      this.report(recorded, { rule: `impossible: ${event.type}`, ...impossible });
    }
    this.rates = afterRatesEvent(this.rates, event);
  }

  private applyPeering(event: PeeringEvent, recorded: RecordedEvent): void {
    this.checkPeering(event, recorded);
    this.peers = evolvePeers(this.peers, event, recorded);
  }

  private checkPeering(event: PeeringEvent, recorded: RecordedEvent): void {
    if (event.type === 'PeeringProposed') return;
    const isAdded = event.type === 'PeerAdded';
    const peerId = isAdded ? event.peer.id : event.peerId;
    if (this.peers.peers.has(peerId) !== isAdded) return;
    const found = isAdded ? `${peerId}, which is there` : `${peerId}, which is not there`;
    const expected = isAdded ? 'a peer that is not there yet' : 'a peer that was added';
    this.report(recorded, { rule: `impossible: ${event.type}`, expected, found });
  }

  private report({ ledgerId: ledger, version }: RecordedEvent, fault: Fault): void {
    this.tell({ ledger, version, transfer: null, ...fault });
  }
}

function isRates(event: ConnectorEvent): event is LoggedRatesEvent {
  return isRatesEventType(event.type);
}

function isUnreadable(
  error: unknown,
): error is UnreadablePeeringEventError | UnreadableRatesEventError {
  return error instanceof UnreadablePeeringEventError || error instanceof UnreadableRatesEventError;
}
