import type { LedgerDescription, LedgerOpenReply, Subjects } from '#contracts';
import type { ControlClient } from '#messaging';
import type { Quoter } from './requests/request-context';

/** What the gateway asks other services over the control plane. */
export interface ControlQuestions {
  readonly openLedger: (ledger: LedgerDescription) => Promise<LedgerOpenReply>;
  readonly quoter: Quoter;
}

export function controlQuestions(parts: {
  readonly control: Pick<ControlClient, 'ask'>;
  readonly subjects: Subjects;
  readonly openWithinMs: number;
  readonly quoteWithinMs: number;
}): ControlQuestions {
  const { control, subjects, openWithinMs, quoteWithinMs } = parts;
  return {
    openLedger: (ledger) =>
      control.ask(subjects.ledgerOpen, ledger, { deadlineMs: openWithinMs, parse: openReply }),
    quoter: (ledgerId, packet) =>
      control.ask(
        subjects.quoterAsk,
        { ledgerId, packet: packet.toString('base64') },
        { deadlineMs: quoteWithinMs, parse: quotedPacket },
      ),
  };
}

/** @throws TypeError for what is no `LedgerOpenReply` */
export function openReply(answer: unknown): LedgerOpenReply {
  const { outcome, field, stored, wanted } = membersOf(answer);
  switch (outcome) {
    case 'opened':
    case 'unchanged':
    case 'limits-changed':
    case 'unavailable':
      return { outcome };
    case 'conflict':
      return { outcome, field: String(field), stored: String(stored), wanted: String(wanted) };
    default:
      throw new TypeError('the answer has no known outcome');
  }
}

/** @throws TypeError for what is no `QuoteReply` */
export function quotedPacket(answer: unknown): Buffer {
  const { packet } = membersOf(answer);
  if (typeof packet !== 'string') throw new TypeError('the answer has no packet');
  return Buffer.from(packet, 'base64');
}

function membersOf(answer: unknown): Record<string, unknown> {
  if (typeof answer !== 'object' || answer === null) throw new TypeError('the answer is no object');
  return { ...answer };
}
