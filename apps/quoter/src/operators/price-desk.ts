import { type PriceQuestion, type PriceReply, QUOTE_REFUSAL } from '#contracts';
import type { Curve } from '#domain/liquidity';
import type { LocalLedger, RoutingTables } from '#domain/routing';
import {
  ControlRefusal,
  PeerNotConnectedError,
  PeerSilentError,
  type RemotePeers,
} from '#messaging';
import {
  decodeIlp,
  encodeIlp,
  errorMessage,
  protocolEntry,
  ilpEntry,
  type IlpPacket,
  type IlqpRequest,
  SUB_PROTOCOL,
  UnreadablePacketError,
} from '#protocol';
import { requestOf } from './explain-quote';

export interface PriceDeskPorts {
  readonly tables: RoutingTables;
  /** Does the ledger lie between two others, and we run it for them? */
  readonly isRelayed: (ledgerId: string) => boolean;
  readonly peers: Pick<RemotePeers, 'ask'>;
}

/** How long a peer may take to quote. */
const QUOTE_WITHIN_MS = 3_000;

/** The other amount of a payment, or why the peer does not say it. */
type Told =
  | { readonly kind: 'amount'; readonly amount: bigint }
  /** The peer has decided: there is none. */
  | { readonly kind: 'refused'; readonly message: string }
  /** The peer does not quote, or not now. */
  | { readonly kind: 'silent'; readonly message: string };

/**
 * What a payment of our own would cost, sent to the peer of one of our ledgers: as the peer quotes it,
 * or else as it told us of its routes.
 */
export class PriceDesk {
  constructor(private readonly ports: PriceDeskPorts) {}

  /** @throws ControlRefusal as `QUOTE_REFUSAL` names them */
  async price(question: PriceQuestion): Promise<PriceReply> {
    const { from, to } = question;
    const ledger = this.payingLedger(from);
    if (this.ports.tables.isOwnAddress(to)) {
      throw new ControlRefusal(QUOTE_REFUSAL.ownAddress, `${to} is an account of this connector`);
    }
    if (!ledger.isConnected) {
      throw new ControlRefusal(
        QUOTE_REFUSAL.notConnected,
        `the peer of ledger ${from} has no session`,
      );
    }
    if (to.startsWith(ledger.prefix)) return sameLedger(question);
    const told = await this.ask(question);
    if (told.kind === 'amount') return priced(question, told.amount, { pricedBy: 'quote' });
    const known = told.kind === 'silent' ? this.byRoutes(question) : undefined;
    if (known !== undefined) {
      return priced(question, known, { pricedBy: 'routes', instead: told.message });
    }
    throw new ControlRefusal(QUOTE_REFUSAL.noPrice, told.message);
  }

  private payingLedger(from: string): LocalLedger {
    if (this.ports.isRelayed(from)) {
      const message = `ledger ${from} is run for two others: no account on it is ours to pay from`;
      throw new ControlRefusal(QUOTE_REFUSAL.relayed, message);
    }
    const ledger = this.ports.tables.ledger(from);
    if (ledger !== undefined) return ledger;
    throw new ControlRefusal(QUOTE_REFUSAL.unknownLedger, `there is no ledger ${from}`);
  }

  private async ask(question: PriceQuestion): Promise<Told> {
    const { from } = question;
    const request = requestOf(question);
    try {
      const answer = await this.ports.peers.ask(from, {
        protocolData: [ilpEntry(encodeIlp(request))],
        withinMs: QUOTE_WITHIN_MS,
      });
      if (answer.type === 'error')
        return silent(`${from} answers a quote request with ${answer.name}`);
      const entry = protocolEntry(answer.protocolData, SUB_PROTOCOL.ilp);
      return entry === undefined
        ? silent(`${from} does not quote`)
        : toldBy(from, request, decodeIlp(entry.data));
    } catch (error) {
      if (error instanceof PeerSilentError || error instanceof PeerNotConnectedError) {
        return silent(`${from} does not quote: ${error.message}`);
      }
      if (error instanceof UnreadablePacketError) {
        return silent(`${from} answers a quote request with what cannot be read`);
      }
      throw error;
    }
  }

  /** By the longest prefix that it told. */
  private byRoutes({ from, to, ...amounts }: PriceQuestion): bigint | undefined {
    const curve = this.toldCurve(from, to);
    const { sourceAmount, destinationAmount } = amounts;
    if (curve === undefined) return undefined;
    const other =
      sourceAmount === undefined
        ? curve.minSourceFor(BigInt(destinationAmount ?? '0'))
        : curve.amountAt(BigInt(sourceAmount));
    return other === 0n ? undefined : other;
  }

  private toldCurve(ledgerId: string, to: string): Curve | undefined {
    for (const prefix of prefixesOf(to)) {
      const [found] = this.ports.tables.list({ prefix, limit: 1, learntOn: ledgerId });
      if (found?.destination === prefix) return found.ways[0]?.curve;
    }
    return undefined;
  }
}

/** Longest first; the address itself is one, and so is nothing. */
function* prefixesOf(address: string): Generator<string> {
  yield address;
  for (let dot = address.lastIndexOf('.'); dot >= 0; dot = address.lastIndexOf('.', dot - 1)) {
    yield address.slice(0, dot + 1);
    if (dot === 0) break;
  }
  yield '';
}

function sameLedger(question: PriceQuestion): PriceReply {
  const amount = question.sourceAmount ?? question.destinationAmount ?? '0';
  return priced(question, BigInt(amount), { pricedBy: 'same-ledger' });
}

function priced(
  { sourceAmount, destinationAmount }: PriceQuestion,
  other: bigint,
  how: { readonly pricedBy: PriceReply['pricedBy']; readonly instead?: string },
): PriceReply {
  return {
    sourceAmount: sourceAmount ?? other.toString(),
    destinationAmount: destinationAmount ?? other.toString(),
    pricedBy: how.pricedBy,
    instead: how.instead ?? null,
  };
}

/** What answers another question than was asked is no answer: its amount is of the other end. */
function toldBy(peer: string, request: IlqpRequest, packet: IlpPacket): Told {
  if (packet.type === 'by-source-response' && request.type === 'by-source-request') {
    return amountOf(peer, packet.destinationAmount);
  }
  if (packet.type === 'by-destination-response' && request.type === 'by-destination-request') {
    return amountOf(peer, packet.sourceAmount);
  }
  if (packet.type === 'error') return refusedBy(peer, packet.code, errorMessage(packet.data));
  if (packet.type === 'rejection') return refusedBy(peer, packet.code, packet.message);
  return silent(`${peer} answers a quote request with ${packet.type}`);
}

/** Of a peer that cannot quote we may still know routes; one that knows no way has decided. */
function refusedBy(peer: string, code: string, why: string): Told {
  const message = `${peer} refuses to quote: ${code} ${why}`;
  return { kind: code === 'F00' || code === 'F01' ? 'silent' : 'refused', message };
}

function amountOf(peer: string, amount: bigint): Told {
  if (amount > 0n) return { kind: 'amount', amount };
  return { kind: 'refused', message: `${peer} quotes an amount of 0` };
}

function silent(message: string): Told {
  return { kind: 'silent', message };
}
