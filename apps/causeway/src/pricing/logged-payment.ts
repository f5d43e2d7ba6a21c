import {
  decodeRecorded,
  type TransferPrepared,
  type TransferProposed,
  type TransferStatus,
} from '#domain/ledger';
import type { EventReader, TransferKey } from '#event-store';
import type { RecordedEvent } from '#eventsourcing';

/** A transfer as the log has it. */
export interface LoggedLeg {
  readonly ledgerId: string;
  readonly transferId: string;
  readonly event: TransferPrepared | TransferProposed;
  readonly preparedAtMs: number;
  readonly status: TransferStatus;
}

/** Both transfers of a payment, as far as there are two. */
export interface LoggedPayment {
  readonly incoming: LoggedLeg | undefined;
  readonly outgoing: LoggedLeg | undefined;
}

/** The id says nothing, or more than one thing. */
export class PaymentSearchError extends Error {
  override readonly name = 'PaymentSearchError';
}

export type PaymentReader = Pick<EventReader, 'recallTransfers' | 'ledgerIds'>;

/**
 * The payment that the transfer is one half of.
 * @throws PaymentSearchError if there is none, or several whose transfers have this id
 */
export async function findPayment(
  reader: PaymentReader,
  { transferId, ledgerId }: { readonly transferId: string; readonly ledgerId?: string | undefined },
): Promise<LoggedPayment> {
  const ledgerIds = ledgerId === undefined ? await reader.ledgerIds() : [ledgerId];
  const found = await recall(
    reader,
    ledgerIds.map((each) => ({ ledgerId: each, transferId })),
  );
  const payments = new Map(found.map((leg) => [keyOf(beginningOf(leg) ?? leg), leg]));
  const [first, ...more] = payments.values();
  if (first === undefined) {
    const where = ledgerId === undefined ? 'the log' : `ledger "${ledgerId}"`;
    throw new PaymentSearchError(`no transfer ${transferId} in ${where}`);
  }
  if (more.length === 0) return wholePayment(reader, first);
  const ledgers = found.map((leg) => leg.ledgerId).join(', ');
  throw new PaymentSearchError(
    `${transferId} names transfers of ${payments.size} payments, on ${ledgers}: say which with --ledger`,
  );
}

/** The other half of it as well. */
async function wholePayment(reader: PaymentReader, leg: LoggedLeg): Promise<LoggedPayment> {
  const incoming = await other(reader, leg, beginningOf(leg));
  const plan = incoming && forwardPlanOf(incoming);
  if (plan === undefined) {
    return { incoming, outgoing: leg.event.direction === 'outgoing' ? leg : undefined };
  }
  return { incoming, outgoing: await other(reader, leg, plan) };
}

async function other(
  reader: PaymentReader,
  leg: LoggedLeg,
  key: TransferKey | undefined,
): Promise<LoggedLeg | undefined> {
  if (key === undefined || keyOf(key) === keyOf(leg)) return key && leg;
  return (await recall(reader, [key]))[0];
}

/** The incoming transfer of the payment; undefined where we were its sender. */
function beginningOf({ event, ledgerId, transferId }: LoggedLeg): TransferKey | undefined {
  return event.direction === 'incoming' ? { ledgerId, transferId } : event.cause;
}

/** Where an incoming transfer goes on; undefined where it does not. */
export function forwardPlanOf({ event }: LoggedLeg) {
  const plan = event.type === 'TransferPrepared' ? event.plan : undefined;
  return plan?.kind === 'forward' ? plan : undefined;
}

export function keyOf({ ledgerId, transferId }: TransferKey): string {
  return `${ledgerId}/${transferId}`;
}

/** Those of the transfers that the log knows, by ledger. */
export async function recall(
  reader: Pick<EventReader, 'recallTransfers'>,
  keys: readonly TransferKey[],
): Promise<LoggedLeg[]> {
  const legs = new Map<string, LoggedLeg>();
  for (const recorded of await reader.recallTransfers(keys)) {
    const { ledgerId, transferId } = recorded;
    const leg = legAfter(legs.get(keyOf({ ledgerId, transferId: transferId ?? '' })), recorded);
    if (leg !== undefined) legs.set(keyOf(leg), leg);
  }
  return [...legs.values()];
}

/** The transfer once the event has happened to it; undefined if it had not begun. */
export function legAfter(
  leg: LoggedLeg | undefined,
  recorded: RecordedEvent,
): LoggedLeg | undefined {
  const event = decodeRecorded(recorded);
  const { ledgerId, occurredAtMs: preparedAtMs } = recorded;
  switch (event.type) {
    case 'TransferPrepared':
    case 'TransferProposed': {
      const status = event.type === 'TransferPrepared' ? 'prepared' : 'proposed';
      return { ledgerId, transferId: event.transferId, event, preparedAtMs, status };
    }
    case 'ProposalAccepted':
      return leg && { ...leg, status: 'prepared' };
    case 'FulfillmentSubmitted':
      return leg && { ...leg, status: 'submitted' };
    case 'TransferFulfilled':
      return leg && { ...leg, status: 'fulfilled' };
    case 'TransferRejected':
      return leg && { ...leg, status: 'rejected' };
    case 'TransferExpired':
      return leg && { ...leg, status: 'expired' };
    default:
      return leg;
  }
}
