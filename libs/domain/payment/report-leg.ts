import { isOpen, isShadow } from '#domain/ledger';
import type { LegState, ReportErrand } from './errand';
import type { Ledgers } from './ledgers';
import { type Leg, nameOf } from './leg';

/** What only the moment knows about a leg. */
export interface ReportMoment {
  readonly awaitsRelease: boolean;
  /** What its peer said may not have reached us yet. */
  readonly mayBeMissed?: boolean;
  /** When the preimage came in, where that is remembered. */
  readonly receivedAtMs?: number;
}

/**
 * What the owner of the incoming ledger has to know of an outgoing transfer; undefined if nobody
 * asked us to send it.
 */
export function reportOf(outgoing: Leg, moment: ReportMoment): ReportErrand | undefined {
  const { cause } = outgoing.transfer;
  if (cause === undefined) return undefined;
  return {
    kind: 'report',
    incoming: { ledgerId: cause.ledgerId, transferId: cause.transferId },
    outgoing: nameOf(outgoing),
    leg: legState(outgoing, moment),
  };
}

/**
 * A preimage of which only the log knows was here in time: our ledgers take no other one, and where
 * the peer decides it has said so.
 */
function legState(
  { ledger, transfer }: Leg,
  { awaitsRelease, mayBeMissed = false, receivedAtMs }: ReportMoment,
): LegState {
  const { fulfillment, fulfillmentData: data, reason, expiresAtMs } = transfer;
  if (fulfillment !== null) {
    return { kind: 'fulfilled', fulfillment, data, receivedAtMs: receivedAtMs ?? expiresAtMs - 1 };
  }
  if (reason !== null) return { kind: 'rolled-back', reason };
  return { kind: 'open', awaitsRelease, awaitsAuthority: isShadow(ledger) && !mayBeMissed };
}

/**
 * What a new owner of an outgoing ledger tells the owners of incoming ones: of everything that is
 * open, which nobody hears of again before they said so, and of what ended not longer ago than the
 * grace past its expiry. Reads every transfer in memory.
 */
export function openReports(
  ledgers: Ledgers,
  ledger: Leg['ledger'],
  { nowMs, graceMs }: { readonly nowMs: number; readonly graceMs: number },
): ReportErrand[] {
  const reports: ReportErrand[] = [];
  for (const transfer of ledger.transfers.values()) {
    const { cause, expiresAtMs } = transfer;
    if (cause === undefined || ledgers.owns(cause.ledgerId)) continue;
    if (!isOpen(transfer) && nowMs > expiresAtMs + graceMs) continue;
    const report = reportOf({ ledger, transfer }, { awaitsRelease: isOpen(transfer) });
    if (report !== undefined) reports.push(report);
  }
  return reports;
}
