import type { Logger } from 'pino';
import type { LedgerMetrics } from './ledger-metrics';
import type { OwnershipObserver } from './ownership-parts';

/** Counts and logs what an operator should know of what an owner does. */
export function observeOwnership(parts: {
  readonly metrics: LedgerMetrics;
  readonly logger: Logger;
  /** A ledger was opened or its limits changed. */
  readonly announce: () => void;
}): OwnershipObserver {
  const { metrics, logger, announce } = parts;
  return {
    decided: (kind, refused) => {
      metrics.commands.inc({ kind, outcome: refused ? 'refused' : 'accepted' });
    },
    committed: (commands) => {
      metrics.batchCommands.observe(commands);
    },
    loss: (ledger, transfer, amount) => {
      metrics.losses.inc({ ledger });
      logger.error(
        { ledger, transfer, amount: String(amount) },
        'loss: we paid and can no longer be paid for it',
      );
    },
    ownerSilent: (ledger, waitedMs) => {
      metrics.silentOwners.inc({ ledger });
      logger.warn(
        { ledger, waitedMs },
        'the owner of a ledger does not answer; payments wait for it',
      );
    },
    unreadable: (error) => {
      metrics.unreadable.inc();
      logger.warn({ err: error }, 'unreadable message on the hot link');
    },
    ledgersChanged: announce,
    balancesCompared: ({ ledgerId: ledger, outcome, alert }) => {
      metrics.comparisons.inc({ outcome });
      if (alert !== undefined) logger.warn({ ledger, outcome }, alert);
    },
    limitsKept: (ledger) => {
      logger.info({ ledger }, "the ledger's limits were changed at run time, and stay");
    },
  };
}
