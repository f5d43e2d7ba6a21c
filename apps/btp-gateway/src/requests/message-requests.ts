import type { LedgerDescription } from '#contracts';
import {
  accountInfoEntry,
  asksForFullInfo,
  CCP_DIALECTS,
  type BtpMessage,
  encodeIlp,
  ilpEntry,
  ilpError,
  ledgerInfoEntry,
  type ProtocolData,
  protocolEntry,
  readAuth,
  SUB_PROTOCOL,
} from '#protocol';
import { isLaterIlp, LATER_PROTOCOL_REFUSED, LaterProtocol } from '../sessions/later-protocol';
import { broadcastCarriage } from './broadcast-carriage';
import { BroadcastRequests } from './broadcast-requests';
import {
  askersBalance,
  type BalanceReading,
  BalanceReceipt,
  ownBalance,
  ownLimit,
} from './receipts';
import type { RequestContext } from './request-context';
import { asksForSettlementMethods, settlementMethodsEntry } from './settlement-methods';

/** Longest part of an unknown sub-protocol's name that an Error repeats. */
const NAME_REPEATED = 64;

/** Answers the Messages of a peer by their sub-protocol (SPEC §5.6). */
export class MessageRequests {
  private readonly laterProtocol: LaterProtocol;
  private readonly broadcasts: BroadcastRequests;

  constructor(private readonly context: RequestContext) {
    const { session, metrics, log } = context;
    this.laterProtocol = new LaterProtocol({ peerId: session.peerId, metrics, log });
    this.broadcasts = new BroadcastRequests(context);
  }

  /** A further `auth` on an open session: confirmed if it still holds (SPEC §5.5). */
  authenticateAgain(request: BtpMessage): void {
    const auth = readAuth(request);
    if (auth.kind === 'refused') {
      this.context.session.refuse(request.requestId, auth.error, `invalid auth: ${auth.fault}`);
    } else if (this.context.recognises(auth.username, auth.token)) {
      this.context.session.respond(request.requestId);
    } else {
      this.refuse(request, 'invalid auth token and/or username');
    }
  }

  answer(request: BtpMessage, ledger: LedgerDescription, nowMs: number): void {
    const primary = primaryOf(request.protocolData);
    const ilp = protocolEntry(request.protocolData, SUB_PROTOCOL.ilp);
    const { relay } = this.context;
    if (ilp !== undefined && isLaterIlp(ilp.data)) this.refuseLaterProtocol(request);
    else if (relay !== undefined && (ilp !== undefined || !isAboutLedger(primary))) {
      relay.relay(request);
    } else if (primary === undefined) this.refuse(request, 'a Message needs protocol data');
    else if (ilp !== undefined) this.quote(request, ilp.data, ledger);
    else this.answerPrimary(request, primary, ledger, nowMs);
  }

  private refuseLaterProtocol(request: BtpMessage): void {
    this.laterProtocol.hear('ilp');
    this.refuse(request, LATER_PROTOCOL_REFUSED);
  }

  private answerPrimary(
    request: BtpMessage,
    primary: ProtocolData,
    ledger: LedgerDescription,
    nowMs: number,
  ): void {
    const carriage = broadcastCarriage(primary);
    if (carriage !== undefined) {
      this.broadcasts.answer(request, primary, { ledger, carriage });
      return;
    }
    switch (primary.protocolName) {
      case SUB_PROTOCOL.info:
        this.respond(request, this.infoOf(primary, ledger));
        return;
      case SUB_PROTOCOL.balance:
        this.askBalance(request, this.isAlpha ? askersBalance : ownBalance, nowMs);
        return;
      case SUB_PROTOCOL.limit:
        this.askBalance(request, ownLimit, nowMs);
        return;
      case SUB_PROTOCOL.custom:
        this.answerCustom(request, primary, ledger);
        return;
      default: {
        const name = primary.protocolName.slice(0, NAME_REPEATED);
        this.refuse(request, `sub-protocol "${name}" is not supported`);
      }
    }
  }

  private answerCustom(request: BtpMessage, custom: ProtocolData, ledger: LedgerDescription): void {
    if (asksForSettlementMethods(custom)) {
      this.respond(request, settlementMethodsEntry(this.context.settlementMethods));
    } else {
      this.respondIlpError(request, 'the custom method is not supported', ledger);
    }
  }

  private askBalance(request: BtpMessage, read: BalanceReading, nowMs: number): void {
    const { session, load, metrics, pending, limits, ownerSubject, tell } = this.context;
    const { requestId } = request;
    pending.ask({
      subject: ownerSubject,
      message: {
        kind: 'balance-asked',
        replyTo: pending.replyTo(),
        ledgerId: session.peerId,
      },
      untilMs: nowMs + limits.requestTimeoutMs,
      receiver: new BalanceReceipt({ session, requestId, load, metrics }, read, tell),
    });
  }

  private quote(request: BtpMessage, packet: Buffer, ledger: LedgerDescription): void {
    const { load, quoter, log, session } = this.context;
    load.begin();
    quoter(ledger.ledgerId, packet)
      .then(
        (reply) => {
          this.respond(request, ilpEntry(reply));
        },
        (error: unknown) => {
          log.warn({ err: error, peer: session.peerId }, 'a quote failed');
          this.respondIlpError(request, 'the quote could not be made', ledger);
        },
      )
      .finally(() => {
        load.end();
      })
      .catch((error: unknown) => {
        log.error({ err: error, peer: session.peerId }, 'a quote could not be answered');
      });
  }

  private get isAlpha(): boolean {
    return this.context.btpVersion === 'BTP/alpha';
  }

  /** The account alone is our own; in BTP/alpha, which tells askers who they are, theirs. */
  private infoOf(asked: ProtocolData, ledger: LedgerDescription): ProtocolData {
    const { prefix, currencyCode, currencyScale, account, peerAccount } = ledger;
    const { tell } = this.context;
    if (!asksForFullInfo(asked)) {
      if (this.isAlpha) tell({ askersAccount: prefix + peerAccount });
      else tell({ account: prefix + account });
      return accountInfoEntry(prefix + (this.isAlpha ? peerAccount : account));
    }
    const scale = String(currencyScale);
    tell({ prefix, currencyCode, currencyScale: scale, account: prefix + account });
    const connectors = [prefix + account];
    const ccpDialects = CCP_DIALECTS;
    return ledgerInfoEntry({ prefix, currencyCode, currencyScale, connectors, ccpDialects });
  }

  /** A failed handler answers with a Response that holds an ILP error, as the peers expect. */
  private respondIlpError(request: BtpMessage, message: string, ledger: LedgerDescription): void {
    const error = ilpError({
      code: 'F00',
      triggeredBy: ledger.prefix + ledger.account,
      triggeredAtMs: this.context.clock(),
      data: message,
    });
    this.respond(request, ilpEntry(encodeIlp(error)));
  }

  private respond(request: BtpMessage, entry: ProtocolData): void {
    this.context.metrics.requests.accepted += 1;
    this.context.session.respond(request.requestId, [entry]);
  }

  private refuse(request: BtpMessage, message: string): void {
    this.context.metrics.requests.refused += 1;
    this.context.session.refuse(request.requestId, 'NotAcceptedError', message);
  }
}

/** The first entry decides what is done; where its name repeats, the last one of it counts (SPEC §5.4). */
function primaryOf(protocolData: readonly ProtocolData[]): ProtocolData | undefined {
  const [first] = protocolData;
  return first === undefined ? undefined : protocolEntry(protocolData, first.protocolName);
}

/** A validator speaks for the ledger; everything else is between its two parties (SPEC D-17). */
function isAboutLedger(primary: ProtocolData | undefined): boolean {
  const { info, balance, limit } = SUB_PROTOCOL;
  return [info, balance, limit].some((name) => name === primary?.protocolName);
}
