import type { LedgerDescription } from '#contracts';
import { type BtpRequest, SUB_PROTOCOL } from '#protocol';
import { MessageRequests } from './message-requests';
import type { RequestContext } from './request-context';
import { TransferRequests } from './transfer-requests';

const REASON = {
  draining: 'this connector is shutting down',
  'rate-limited': 'the rate of requests is too high',
  'too-many': 'too many requests wait for their answer',
} as const;

/** Decides whether a request of a peer is taken, and by whom. Each gets one answer, or silence. */
export class PeerRequests {
  private readonly transfers: TransferRequests;
  private readonly messages: MessageRequests;
  private readonly held: { readonly request: BtpRequest; readonly nowMs: number }[] = [];

  constructor(private readonly context: RequestContext) {
    this.transfers = new TransferRequests(context);
    this.messages = new MessageRequests(context);
  }

  onRequest(request: BtpRequest, nowMs: number): void {
    const obstacle = this.obstacleTo(request, nowMs);
    if (obstacle !== undefined) this.turnAway(request, obstacle);
    else if (isAuth(request)) this.messages.authenticateAgain(request);
    else this.handle(request, nowMs);
  }

  /**
   * What we asked for by a Prepare of ours, its outcome, is always taken: for the peer it is worth
   * money, and there cannot be more of them than there were Prepares.
   */
  private obstacleTo(request: BtpRequest, nowMs: number): keyof typeof REASON | undefined {
    const isOutcome = request.type === 'fulfill' || request.type === 'reject';
    if (isOutcome && this.context.hearOutcome(request.transferId)) return undefined;
    if (!isOutcome && this.context.isDraining()) return 'draining';
    const admittance = this.context.load.admit(nowMs);
    return admittance === 'admitted' ? undefined : admittance;
  }

  private turnAway(request: BtpRequest, obstacle: keyof typeof REASON): void {
    this.context.metrics.requests[obstacle] += 1;
    this.context.session.refuse(request.requestId, 'UnreachableError', REASON[obstacle]);
  }

  /** The ledger is open: what came before is handled as of the time when it came. */
  ledgerOpened(): void {
    for (const { request, nowMs } of this.held.splice(0)) this.handle(request, nowMs);
  }

  private handle(request: BtpRequest, nowMs: number): void {
    const ledger = this.context.ledger() ?? this.foreknown(request);
    if (ledger === undefined) {
      this.holdUntilOpen(request, nowMs);
      return;
    }
    switch (request.type) {
      case 'prepare':
        this.transfers.prepare(request, ledger, nowMs);
        return;
      case 'fulfill':
        this.transfers.fulfill(request, ledger, nowMs);
        return;
      case 'reject':
        this.transfers.reject(request, ledger, nowMs);
        return;
      case 'message':
        this.messages.answer(request, ledger, nowMs);
        return;
    }
  }

  /** Two sides that wait for each other's `info` would wait for ever: it is told beforehand. */
  private foreknown(request: BtpRequest): LedgerDescription | undefined {
    if (request.type !== 'message' || request.protocolData.length !== 1) return undefined;
    const isInfo = request.protocolData[0]?.protocolName === SUB_PROTOCOL.info;
    return isInfo ? this.context.foreknown : undefined;
  }

  /**
   * A peer that reconnects may settle at once what it owes an answer to, and historic ones never
   * say it again: nothing is turned away while we still agree on the ledger.
   */
  private holdUntilOpen(request: BtpRequest, nowMs: number): void {
    if (this.held.length < this.context.limits.heldUntilOpen) {
      this.held.push({ request, nowMs });
      return;
    }
    this.context.metrics.requests.refused += 1;
    this.context.session.refuse(request.requestId, 'UnreachableError', 'the ledger is not open');
  }
}

function isAuth(request: BtpRequest): request is Extract<BtpRequest, { type: 'message' }> {
  return request.type === 'message' && request.protocolData[0]?.protocolName === SUB_PROTOCOL.auth;
}
