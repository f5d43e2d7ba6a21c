import {
  decodeHot,
  encodeHot,
  type LedgerDescription,
  type PeerBroadcast,
  subjectsOf,
} from '#contracts';
import {
  type BtpErrorName,
  type BtpPacket,
  type BtpRequest,
  ilpEntry,
  type ProtocolData,
} from '#protocol';
import type { SettlementMethod } from '#platform';
import { aPreimage, aTransferId } from '#testing';
import type { GatewayLimits } from '../../../apps/btp-gateway/src/gateway-limits';
import type { BroadcastVerdict } from '../../../apps/btp-gateway/src/requests/broadcast-lanes';
import { PeerRequests } from '../../../apps/btp-gateway/src/requests/peer-requests';
import type { BtpVersion } from '../../../apps/btp-gateway/src/peer-directory';
import { BTP_1_0, btpAlpha } from '../../../apps/btp-gateway/src/sessions/btp-dialect';
import { SessionKit, START_MS } from './session-kit';

/** BTP/alpha as the administrator of `LEDGER` speaks it. */
export const ALPHA = btpAlpha(
  () => 'test.alice.server',
  () => START_MS,
);

export const SETTLEMENT_METHODS: readonly SettlementMethod[] = [
  { type: 'bitcoin', uri: 'bitcoin:1Boat' },
  {
    type: 'custom',
    uri: 'https://a.example',
    name: 'Bank',
    description: 'IBAN',
    logo: '/bank.png',
  },
];

export const LEDGER: LedgerDescription = {
  ledgerId: 'alice',
  prefix: 'test.alice.',
  currencyCode: 'USD',
  currencyScale: 9,
  account: 'server',
  peerAccount: 'client',
  authority: 'admin',
  maxBalance: '1000',
  minBalance: null,
};
export const { fulfillment, condition } = aPreimage(1);
export const transferId: string = aTransferId(1);

/** The requests of one session on a fake wire and a fake link. */
export class RequestsKit extends SessionKit {
  ledger: LedgerDescription | undefined = LEDGER;
  isDraining = false;
  outcomes = new Set<string>();
  /** What the peer was told, the latest last. */
  readonly told: object[] = [];
  private readonly desk: PeerRequests;
  /** Those that went to the routers, and what becomes of each. */
  readonly broadcasts: PeerBroadcast[] = [];
  broadcastVerdict: BroadcastVerdict = { outcome: 'accepted' };
  quote: (packet: Buffer) => Promise<Buffer> = (packet) => Promise.resolve(packet);

  /** @param foreknown the ledger as it is known before it is open */
  constructor(
    limits: Partial<GatewayLimits> = {},
    foreknown?: LedgerDescription,
    btpVersion: BtpVersion = 'BTP/1.0',
  ) {
    super(limits, btpVersion === 'BTP/alpha' ? ALPHA : BTP_1_0);
    this.desk = new PeerRequests({
      session: this.session,
      load: this.load,
      pending: this.pending,
      subjects: subjectsOf('test'),
      ownerSubject: 'owner',
      limits: this.limits,
      metrics: this.metrics,
      log: this.log,
      clock: () => this.nowMs,
      quoter: (_ledgerId, packet) => this.quote(packet),
      broadcasts: {
        carry: (broadcast) => {
          this.broadcasts.push(broadcast);
          return Promise.resolve(this.broadcastVerdict);
        },
      },
      recognises: (username, token) => username === '' && token === 'secret',
      tell: (said) => this.told.push(said),
      isDraining: () => this.isDraining,
      hearOutcome: (id) => this.outcomes.delete(id),
      ledger: () => this.ledger,
      foreknown,
      relay: undefined,
      settlementMethods: SETTLEMENT_METHODS,
      btpVersion,
    });
    this.onRequest = (request, nowMs) => {
      this.desk.onRequest(request, nowMs);
    };
  }

  openLedger(): void {
    this.ledger = LEDGER;
    this.desk.ledgerOpened();
  }

  message(...protocolData: ProtocolData[]): void {
    this.receive({ type: 'message', requestId: 5, protocolData });
  }

  /** The reference under which the last question went inside. */
  reference(): number {
    const message = this.link.sent.at(-1)?.message;
    if (message === undefined || !('replyTo' in message)) throw new Error('nothing was asked');
    return message.replyTo.reference;
  }

  tellBalance(balance: bigint, maxBalance: bigint | null): void {
    const reference = this.reference();
    const told = { balance, maxBalance };
    const answer = decodeHot(encodeHot({ kind: 'answer', reference, error: null, balance: told }));
    if (answer.kind === 'answer') this.pending.receive(answer);
  }

  entry(): ProtocolData {
    const [entry] = this.wire.last.protocolData;
    if (entry === undefined) throw new Error('the answer has no entry');
    return entry;
  }
}

/** A Prepare of the peer under request id 5. */
export function prepare(change: object = {}): BtpRequest {
  return {
    type: 'prepare',
    requestId: 5,
    transferId,
    amount: 100n,
    executionCondition: condition,
    expiresAtMs: START_MS + 10_000,
    protocolData: [ilpEntry(Buffer.from('packet'))],
    ...change,
  };
}
export const fulfill: BtpRequest = {
  type: 'fulfill',
  requestId: 5,
  transferId,
  fulfillment,
  protocolData: [],
};
export const reject: BtpRequest = { type: 'reject', requestId: 5, transferId, protocolData: [] };

export const refused = (name: BtpErrorName): object => ({ type: 'error', requestId: 5, name });
export const agreed: BtpPacket = { type: 'response', requestId: 5, protocolData: [] };
