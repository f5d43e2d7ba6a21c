import {
  encodePeerBroadcast,
  type LedgerDescription,
  type LedgerOpenReply,
  readLedgerOpenReply,
  readPeerBroadcastReply,
  type Subjects,
} from '#contracts';
import type { ControlClient } from '#messaging';
import type { AskRouter } from './requests/broadcast-lanes';
import type { Quoter } from './requests/request-context';

/** What the gateway asks other services over the control plane. */
export interface ControlQuestions {
  readonly openLedger: (ledger: LedgerDescription) => Promise<LedgerOpenReply>;
  readonly quoter: Quoter;
  readonly askRouter: AskRouter;
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
      control.ask(subjects.ledgerOpen, ledger, {
        deadlineMs: openWithinMs,
        parse: readLedgerOpenReply,
      }),
    quoter: (ledgerId, packet) =>
      control.ask(
        subjects.quoterAsk,
        { ledgerId, packet: packet.toString('base64') },
        { deadlineMs: quoteWithinMs, parse: quotedPacket },
      ),
    askRouter: (broadcast, withinMs) =>
      control.ask(subjects.routerBroadcast, encodePeerBroadcast(broadcast), {
        deadlineMs: withinMs,
        parse: readPeerBroadcastReply,
      }),
  };
}

/** @throws TypeError for what is no `QuoteReply` */
export function quotedPacket(answer: unknown): Buffer {
  const isPacket = typeof answer === 'object' && answer !== null && 'packet' in answer;
  if (!isPacket || typeof answer.packet !== 'string')
    throw new TypeError('the answer has no packet');
  return Buffer.from(answer.packet, 'base64');
}
