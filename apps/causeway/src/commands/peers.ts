import { readPeers, type PeerView } from '#read-models';
import type { Shell } from '../shell';
import { withStore, type StoreOptions } from '../store/open-store';
import { table } from '../table';

export interface PeersOptions extends StoreOptions {
  readonly json?: boolean;
}

const HEADINGS = [
  'peer',
  'authority',
  'in: fulfilled',
  'in: failed',
  'received',
  'out: fulfilled',
  'out: failed',
  'sent',
  'last payment',
  'disagreements',
];

/** `causeway peers`: our dealings with each peer, from the read models. */
export async function peers(options: PeersOptions, shell: Shell): Promise<void> {
  const views = await withStore(options, shell, readPeers);
  if (options.json === true) {
    for (const view of views) shell.print(JSON.stringify(view));
    return;
  }
  for (const line of table(HEADINGS, views.map(cells), [2, 3, 4, 5, 6, 7, 9])) shell.print(line);
}

function cells({ peer, authority, incoming, outgoing, ...view }: PeerView): string[] {
  return [
    peer,
    authority,
    incoming.fulfilled,
    failed(incoming),
    incoming.amount,
    outgoing.fulfilled,
    failed(outgoing),
    outgoing.amount,
    view.lastFulfilledAt ?? 'never',
    view.disagreements,
  ];
}

function failed({ rejected, expired }: PeerView['incoming']): string {
  return String(BigInt(rejected) + BigInt(expired));
}
