import type { ConnectorTransaction } from '#event-store';
import type { PeerCredentials } from './peer-secrets';

type CredentialRow = [
  peerId: string,
  tokenSha256: string | null,
  token: string | null,
  uri: string | null,
];

/** What the peers that were added at run time present, or we to them; by id. */
export async function readCredentials({
  rows,
}: Pick<ConnectorTransaction, 'rows'>): Promise<ReadonlyMap<string, PeerCredentials>> {
  const found = await rows<CredentialRow>({
    text: 'SELECT peer_id, token_sha256, token, uri FROM peer_credentials',
  });
  return new Map(found.flatMap(credentialEntry));
}

/** In the place of what was kept before; undefined: nothing is kept. */
export async function writeCredentials(
  { execute }: Pick<ConnectorTransaction, 'execute'>,
  peerId: string,
  credentials: PeerCredentials | undefined,
): Promise<void> {
  await execute({ text: 'DELETE FROM peer_credentials WHERE peer_id = $1', values: [peerId] });
  if (credentials === undefined) return;
  const { tokenSha256, token, uri } = { ...NONE, ...credentials };
  await execute({
    text: `INSERT INTO peer_credentials (peer_id, token_sha256, token, uri) VALUES ($1, $2, $3, $4)`,
    values: [peerId, tokenSha256, token, uri],
  });
}

const NONE = { tokenSha256: null, token: null, uri: null };

function credentialEntry([peerId, tokenSha256, token, uri]: CredentialRow): [
  string,
  PeerCredentials,
][] {
  if (tokenSha256 !== null) return [[peerId, { tokenSha256 }]];
  if (token !== null) return [[peerId, { token }]];
  return uri === null ? [] : [[peerId, { uri }]];
}
