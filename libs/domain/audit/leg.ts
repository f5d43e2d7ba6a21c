import type { Transfer, TransferStatus } from '#domain/ledger';

/** The other end of a payment, as one leg names it. */
export type LegLink =
  | { readonly kind: 'none' }
  /** An outgoing transfer that an operator ordered: nothing came in for it. */
  | { readonly kind: 'ordered' }
  /** An incoming transfer that goes no further. */
  | { readonly kind: 'refuse' }
  /** Of an incoming transfer: its plan. */
  | {
      readonly kind: 'forward';
      readonly ledger: string;
      readonly transfer: string;
      readonly amount: bigint;
      readonly expiresAtMs: number;
    }
  /** Of an outgoing transfer: the incoming one that it was made for. */
  | {
      readonly kind: 'cause';
      readonly ledger: string;
      readonly transfer: string;
      readonly amount: bigint;
    };

/** What is left of a transfer once its ledger is done with it: one half of a payment. */
export interface Leg {
  readonly ledger: string;
  /** Lower-case UUID. */
  readonly transfer: string;
  readonly direction: 'incoming' | 'outgoing';
  readonly status: TransferStatus;
  readonly amount: bigint;
  /** 32 bytes. */
  readonly condition: Buffer;
  readonly expiresAtMs: number;
  /** Version of the event that began it. */
  readonly beganVersion: number;
  /** Version of the last event about it. */
  readonly lastVersion: number;
  /** SHA-256 of the ILP packet; null if the log has none. */
  readonly packetDigest: Buffer | null;
  readonly link: LegLink;
}

/** Identity of a transfer: ids are unique per ledger only. */
export function legKey(ledger: string, transfer: string): string {
  return `${ledger}/${transfer}`;
}

/** The key that both legs of one payment share: that of the incoming one. */
export function paymentKey({ ledger, transfer, link }: Leg): string {
  return link.kind === 'cause' ? legKey(link.ledger, link.transfer) : legKey(ledger, transfer);
}

export function linkOf({
  plan,
  cause,
  order,
}: Pick<Transfer, 'plan' | 'cause' | 'order'>): LegLink {
  if (cause !== undefined) {
    const { ledgerId, transferId, amount } = cause;
    return { kind: 'cause', ledger: ledgerId, transfer: transferId, amount };
  }
  if (plan === undefined) return { kind: order === undefined ? 'none' : 'ordered' };
  if (plan.kind === 'refuse') return { kind: 'refuse' };
  const { ledgerId, transferId, amount, expiresAtMs } = plan;
  return { kind: 'forward', ledger: ledgerId, transfer: transferId, amount, expiresAtMs };
}
