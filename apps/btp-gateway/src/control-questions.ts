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

/** What the gateway asks other services over the control plane. */
export interface ControlQuestions {
  readonly openLedger: (ledger: LedgerDescription) => Promise<LedgerOpenReply>;
  readonly askRouter: AskRouter;
}

export function controlQuestions(parts: {
  readonly control: Pick<ControlClient, 'ask'>;
  readonly subjects: Subjects;
  readonly openWithinMs: number;
}): ControlQuestions {
  const { control, subjects, openWithinMs } = parts;
  return {
    openLedger: (ledger) =>
      control.ask(subjects.ledgerOpen, ledger, {
        deadlineMs: openWithinMs,
        parse: readLedgerOpenReply,
      }),
    askRouter: (broadcast, withinMs) =>
      control.ask(subjects.routerBroadcast, encodePeerBroadcast(broadcast), {
        deadlineMs: withinMs,
        parse: readPeerBroadcastReply,
      }),
  };
}
