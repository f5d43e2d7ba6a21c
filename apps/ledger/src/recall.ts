import { decodeRecorded, ledgerId, transferId, type TransferEvent } from '#domain/ledger';
import type { EventReader, TransferKey } from '#event-store';
import type { RecordedEvent } from '#eventsourcing';
import type { LedgerBook } from './ledger-book';
import type { LoopCommand } from './loop-command';

/**
 * Before a batch is decided, brings back the finished transfers that it speaks of and memory has
 * forgotten: so a repetition is recognised for ever. One query per batch, and none as long as
 * nothing was forgotten.
 */
export async function recallForgotten(
  batch: readonly LoopCommand[],
  book: LedgerBook,
  reader: Pick<EventReader, 'recallTransfers'>,
): Promise<void> {
  const keys = batch.flatMap((command) => forgottenKey(command, book));
  if (keys.length === 0) return;
  const events = await reader.recallTransfers(keys);
  for (const [key, recorded] of groupByTransfer(events)) recallOne(book, key, recorded);
}

function forgottenKey(command: LoopCommand, book: LedgerBook): TransferKey[] {
  if (!('transferId' in command) || command.kind === 'delivered') return [];
  const ledger = book.find(ledgerId(command.ledgerId));
  if (ledger === undefined) return [];
  const { ledgerId: id, transferId: transfer } = command;
  return book.mayHaveForgotten(ledger, transferId(transfer))
    ? [{ ledgerId: id, transferId: transfer }]
    : [];
}

function groupByTransfer(events: readonly RecordedEvent[]): Map<string, RecordedEvent[]> {
  const groups = new Map<string, RecordedEvent[]>();
  for (const event of events) {
    const key = `${event.ledgerId}/${event.transferId ?? ''}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [event]);
    else group.push(event);
  }
  return groups;
}

function recallOne(book: LedgerBook, key: string, recorded: readonly RecordedEvent[]): void {
  const [ledgerText = '', transferText = ''] = key.split('/');
  const ledger = book.find(ledgerId(ledgerText));
  if (ledger !== undefined)
    book.recall(ledger, transferId(transferText), recorded.map(transferEvent));
}

function transferEvent(recorded: RecordedEvent): TransferEvent {
  const event = decodeRecorded(recorded);
  if ('transferId' in event) return event;
  throw new Error(
    `${recorded.ledgerId}:${recorded.version} is ${event.type}, no event of a transfer`,
  );
}
