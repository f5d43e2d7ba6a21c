import type { TransferDifference } from '#domain/audit';
import { table } from '../table';
import type { Comparison } from './ledger-comparison';

/** As JSON: amounts as decimal text. */
export function comparisonJson(comparison: Comparison): Readonly<Record<string, unknown>> {
  const { balance, listed, ...rest } = comparison;
  return {
    format: 'causeway-audit-diff',
    formatVersion: 1,
    ...rest,
    listed: listed.map((each) => ({ ...each, effect: String(each.effect) })),
    balance: Object.fromEntries(Object.entries(balance).map(([part, sum]) => [part, String(sum)])),
  };
}

/** For people: what differs, and what it does to the balance. */
export function describeComparison(comparison: Comparison): string[] {
  const { ours, theirs, balance, differences, listed, ledger } = comparison;
  const rows = [
    ...ledger.map(({ field, ours: one, theirs: other }) => ['', field, one, other, '']),
    ...listed.flatMap(rowsOf),
  ];
  const more = differences - listed.length;
  return [
    `ours:   ledger ${ours.ledger} at version ${ours.version}, ${ours.source}`,
    `theirs: ledger ${theirs.ledger} at version ${theirs.version}, ${theirs.source}`,
    '',
    ...(rows.length === 0
      ? []
      : table(['transfer', 'what', 'ours', 'theirs', 'effect'], rows, [4])),
    ...(more > 0 ? [`and ${more} more transfers`] : []),
    ...table(['balance', ''], balanceRows(balance), [1]),
    comparison.isEqual
      ? `equal: ${comparison.transfers} transfers, balances cancel out`
      : `different: ${differences} of ${comparison.transfers} transfers`,
  ];
}

function rowsOf({ transfer, fields, effect }: TransferDifference): string[][] {
  return fields.map(({ field, ours, theirs }, index) =>
    index === 0
      ? [transfer, field, ours, theirs, effect === 0n ? '' : String(effect)]
      : ['', field, ours, theirs, ''],
  );
}

function balanceRows(balance: Comparison['balance']): string[][] {
  return [
    ['ours', balance.ours],
    ['theirs', balance.theirs],
    ['difference (ours + theirs)', balance.difference],
    ['  by transfers', balance.byTransfers],
    ['  by settlements', balance.bySettlements],
    ['  by adjustments', balance.byAdjustments],
    ['  unexplained', balance.unexplained],
  ].map(([part, sum]) => [String(part), String(sum)]);
}
