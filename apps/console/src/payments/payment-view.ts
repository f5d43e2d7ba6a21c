import type { LedgerEvent, Transfer, TransferStatus } from '#domain/ledger';
import {
  decodeIlp,
  errorMessage,
  ILP_ERROR_NAMES,
  type IlpError,
  toBase64Url,
  UnreadablePacketError,
} from '#protocol';

/** A payment that an operator ordered, as the log has it. Amounts are decimal text of base units. */
export interface PaymentView {
  readonly id: string;
  /** The ledger that it went out on. */
  readonly from: string;
  /** null where its packet was taken away long after its end. */
  readonly to: string | null;
  readonly sourceAmount: string;
  readonly destinationAmount: string | null;
  readonly pricedBy: string;
  readonly by: string;
  readonly memo: string | null;
  /** 32 bytes, base64url. */
  readonly condition: string;
  readonly orderedAt: string;
  readonly expiresAt: string;
  readonly status: TransferStatus;
  readonly isFinal: boolean;
  readonly finishedAt: string | null;
  /** Of a payment that was fulfilled: base64url. */
  readonly fulfillment: string | null;
  readonly fulfillmentData: string | null;
  /** Why a payment was rejected, or expired. */
  readonly rejection: RejectionView | null;
}

export interface RejectionView {
  readonly code: string;
  readonly name: string;
  readonly message: string;
  readonly triggeredBy: string;
  readonly forwardedBy: readonly string[];
  readonly triggeredAt: string;
}

/** An event of the log with its time. */
export interface TimedEvent {
  readonly event: LedgerEvent;
  readonly occurredAtMs: number;
}

const FINAL: ReadonlySet<TransferStatus> = new Set(['fulfilled', 'rejected', 'expired']);

/** Of all events of one transfer, oldest first; undefined if nobody ordered it. */
export function paymentView(
  ledgerId: string,
  events: readonly TimedEvent[],
): PaymentView | undefined {
  const [first, ...later] = events;
  if (first === undefined) return undefined;
  return later.reduce<PaymentView | undefined>(
    (view, timed) => view && { ...view, ...change(timed) },
    begun(ledgerId, first),
  );
}

/** What an order is held against when it comes again. */
export function sentOf(
  events: readonly TimedEvent[],
): Pick<Transfer, 'condition' | 'amount' | 'packet' | 'order'> | undefined {
  const [first] = events;
  const event = first?.event;
  if (event?.type !== 'TransferPrepared' && event?.type !== 'TransferProposed') return undefined;
  const { condition, amount, packet, order } = event;
  return { condition, amount, packet, order };
}

function begun(from: string, { event, occurredAtMs }: TimedEvent): PaymentView | undefined {
  if (event.type !== 'TransferPrepared' && event.type !== 'TransferProposed') return undefined;
  const { order, transferId: id, amount, condition, expiresAtMs } = event;
  if (order === undefined) return undefined;
  const packet = readPacket(event.packet);
  const payment = packet?.type === 'payment' ? packet : undefined;
  return {
    id,
    from,
    to: payment?.account ?? null,
    sourceAmount: amount.toString(),
    destinationAmount: payment?.amount.toString() ?? null,
    ...order,
    condition: toBase64Url(condition),
    orderedAt: timeOf(occurredAtMs),
    expiresAt: timeOf(expiresAtMs),
    ...statusOf(event.type === 'TransferPrepared' ? 'prepared' : 'proposed'),
    finishedAt: null,
    fulfillment: null,
    fulfillmentData: null,
    rejection: null,
  };
}

function change({ event, occurredAtMs }: TimedEvent): Partial<PaymentView> {
  const finishedAt = timeOf(occurredAtMs);
  switch (event.type) {
    case 'ProposalAccepted':
      return statusOf('prepared');
    case 'TransferFulfilled': {
      const { fulfillment, data } = event;
      const shown = {
        fulfillment: toBase64Url(fulfillment),
        fulfillmentData: data && toBase64Url(data),
      };
      return { ...statusOf('fulfilled'), finishedAt, ...shown };
    }
    case 'TransferRejected':
    case 'TransferExpired': {
      const status = event.type === 'TransferRejected' ? 'rejected' : 'expired';
      return { ...statusOf(status), finishedAt, rejection: rejectionOf(event.reason) };
    }
    default:
      return {};
  }
}

function statusOf(status: TransferStatus): Pick<PaymentView, 'status' | 'isFinal'> {
  return { status, isFinal: FINAL.has(status) };
}

function rejectionOf(reason: Buffer): RejectionView | null {
  const error = readPacket(reason);
  if (error?.type !== 'error') return null;
  const { code, triggeredBy, forwardedBy, triggeredAtMs, data } = error;
  return {
    ...{ code, triggeredBy, forwardedBy },
    name: nameOf(error),
    message: errorMessage(data),
    triggeredAt: timeOf(triggeredAtMs),
  };
}

/** The code counts, not what the peer calls it (SPEC §6.4). */
function nameOf({ code, name }: IlpError): string {
  const known: Readonly<Record<string, string>> = ILP_ERROR_NAMES;
  return known[code] ?? name;
}

function readPacket(bytes: Buffer): ReturnType<typeof decodeIlp> | undefined {
  try {
    return decodeIlp(bytes);
  } catch (error) {
    if (error instanceof UnreadablePacketError) return undefined;
    throw error;
  }
}

function timeOf(ms: number): string {
  return new Date(ms).toISOString();
}
