import { z } from 'zod';
import { readOrderedLedger } from '#contracts';
import type { ConsoleOptions } from '../console-client-access';
import type { Shell } from '../shell';
import { tell } from '../tell';
import { labelled, ledgerLines } from './ledger-lines';
import { atConsole } from './ledger-order';

const shown = z.object({ ledger: z.unknown() });

/** What the console tells beyond what every order answers. */
const details = z.object({
  prefix: z.string(),
  account: z.string(),
  peerAccount: z.string(),
  authority: z.string(),
  standingBy: z.string().nullable(),
  standingReason: z.string().nullable(),
  standingSince: z.string().nullable(),
  settledPaid: z.string(),
  settledReceived: z.string(),
  adjusted: z.string(),
  agreedBalance: z.string().nullable(),
  agreedAt: z.string().nullable(),
  asOf: z.object({ partition: z.number(), position: z.string() }),
});

type Details = z.infer<typeof details>;

/** `causeway ledger show L`: everything about a ledger, by the read models. */
export function showLedger(
  ledger: string,
  options: ConsoleOptions & { readonly json?: boolean },
  shell: Shell,
): Promise<void> {
  return atConsole(options, shell, async (client) => {
    const answer = await client.get(['ledgers', ledger]);
    tell(answer, shownLines, { options, shell });
  });
}

function shownLines(answer: unknown): string[] {
  const { ledger } = shown.parse(answer);
  return [...ledgerLines(readOrderedLedger(ledger)), ...moreLines(details.parse(ledger))];
}

function moreLines(view: Details): string[] {
  const { standingBy, standingReason, standingSince, agreedBalance, agreedAt, asOf } = view;
  const agreed = agreedBalance === null ? 'never yet' : `on ${agreedBalance} at ${agreedAt ?? '?'}`;
  return labelled([
    ...(standingBy === null
      ? []
      : [
          ['standing', `${standingReason ?? ''} (${standingBy}, ${standingSince ?? '?'})`] as const,
        ]),
    ['settled', `${view.settledPaid} paid, ${view.settledReceived} received`],
    ['adjusted', view.adjusted],
    ['agreed', agreed],
    ['accounts', `ours ${view.prefix}${view.account}, theirs ${view.prefix}${view.peerAccount}`],
    ['authority', view.authority],
    ['as of', `position ${asOf.position} of partition ${asOf.partition}`],
  ]);
}
