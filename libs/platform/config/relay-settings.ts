import type { Configuration, PeerSettings } from './configuration';
import type { Keyed } from './keyed';
import type { ProblemList } from './problem-list';

/** For each ledger that we run as a validator the other party's one, both by id (SPEC D-17). */
export function relaysOf({ peers }: Pick<Configuration, 'peers'>): ReadonlyMap<string, string> {
  return new Map(
    peers.flatMap(({ id, relaysTo }) => (relaysTo === undefined ? [] : [[id, relaysTo] as const])),
  );
}

/** Are the two the parties of one ledger, which is the one that may stand there twice? */
export function isRelay(one: PeerSettings, other: PeerSettings): boolean {
  return (
    one.relaysTo === other.id &&
    other.relaysTo === one.id &&
    one.ledger.prefix === other.ledger.prefix
  );
}

/** What a validator runs are two views of one ledger, so everything in them must agree. */
export function checkRelays(peers: readonly Keyed<PeerSettings>[], list: ProblemList): void {
  for (const [index, { key, value: peer }] of peers.entries()) {
    if (peer.relaysTo === undefined) continue;
    checkParty(peer, key, list);
    const other = peers.find(({ value }) => value.id === peer.relaysTo && value !== peer);
    if (other === undefined) {
      list.add(`${key}.relaysTo`, 'must be the id of another configured peer');
    } else if (other.value.relaysTo !== peer.id) {
      list.add(`${key}.relaysTo`, `must be answered by ${other.key}.relaysTo: ${peer.id}`);
    } else if (index > peers.indexOf(other)) {
      checkSameLedger({ key, value: peer }, other, list);
    }
  }
}

function checkParty(peer: PeerSettings, key: string, list: ProblemList): void {
  if (peer.authority !== 'admin') {
    list.add(`${key}.authority`, 'must be admin with relaysTo: a validator decides');
  }
  if (peer.socket !== 'server') {
    list.add(`${key}.socket`, 'must be server with relaysTo: both parties dial the validator');
  }
}

function checkSameLedger(
  { key, value: { ledger } }: Keyed<PeerSettings>,
  { key: otherKey, value: { ledger: other } }: Keyed<PeerSettings>,
  list: ProblemList,
): void {
  for (const name of ['prefix', 'currencyCode', 'currencyScale'] as const) {
    if (ledger[name] === other[name]) continue;
    list.add(`${key}.ledger.${name}`, `must be the same as that of ${otherKey}, its relaysTo`);
  }
  if (ledger.account !== other.peerAccount) {
    const rule = `must be peerAccount of ${otherKey}: we stand there in the other party's name`;
    list.add(`${key}.ledger.account`, rule);
  }
  if (ledger.peerAccount !== other.account) {
    list.add(`${key}.ledger.peerAccount`, `must be account of ${otherKey}, its relaysTo`);
  }
}
