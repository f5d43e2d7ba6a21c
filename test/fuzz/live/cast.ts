import { randomBytes } from 'node:crypto';

export type PeerGroup = 'quiet' | 'open';

/** A peer that is let in, and sends whatever it likes. */
export interface FuzzingPeer {
  readonly id: string;
  readonly group: PeerGroup;
  readonly version: 'BTP/1.0' | 'BTP/alpha';
  readonly token: string;
}

/** Most that a quiet ledger takes: larger Prepares are void there. */
export const QUIET_LIMIT = 1_000n;
const OPEN_LIMIT = '100000000';
const PEERS_PER_GROUP = 4;

/** Of each group half speak BTP/1.0 and half BTP/alpha. */
export function fuzzingPeers(): FuzzingPeer[] {
  const groups: readonly PeerGroup[] = ['quiet', 'open'];
  return groups.flatMap((group) =>
    Array.from({ length: PEERS_PER_GROUP }, (_, index) => ({
      id: `${group}-${index + 1}`,
      group,
      version: index % 2 === 0 ? ('BTP/1.0' as const) : ('BTP/alpha' as const),
      token: randomBytes(16).toString('hex'),
    })),
  );
}

export function peerConfiguration({ id, group, version, token }: FuzzingPeer) {
  const limit = group === 'quiet' ? QUIET_LIMIT.toString() : OPEN_LIMIT;
  return {
    id,
    socket: 'server',
    btpVersion: version,
    username: '',
    token,
    authority: 'admin',
    ledger: {
      prefix: `test.${id}.`,
      currencyCode: 'USD',
      currencyScale: 9,
      maxBalance: limit,
      minBalance: `-${limit}`,
    },
  };
}

/** Whom broken payments are for: nobody honest, and nobody quiet. */
export const DESTINATIONS: readonly string[] = [
  'test.open-1.client',
  'test.open-2.client.x',
  'test.open-3.client.y~z',
  'test.open-4.client',
  'test.open-1.server',
  'test.causeway.nobody',
  'g.far.away',
];
