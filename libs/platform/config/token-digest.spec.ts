import { inspect } from 'node:util';
import { type LoadedConfiguration, readConfiguration } from './load-configuration';
import { digestOfToken } from './token-digest';
import { alice, bob, least } from '../../../test/support/configuration-documents';

const TOKEN = 'alice-secret';
/** What `printf %s alice-secret | sha256sum` prints. */
const TOKEN_SHA256 = '0c848abb03307b06cf70cd4e29c157dc81af5e94ab3eb1d0c59a120269572376';

function read(credentials: object, env: Record<string, string> = {}): LoadedConfiguration {
  const peers = [{ ...alice, token: undefined, ...credentials }, bob];
  return readConfiguration({ document: { ...least, peers }, env });
}

describe('the token of a peer that dials us', () => {
  it('is kept as no more than its digest, however it is given', () => {
    const byToken = read({ token: TOKEN }).configuration;
    expect(byToken.peers[0]).toMatchObject({ token: '', tokenDigest: TOKEN_SHA256 });
    expect(inspect(byToken, { depth: null })).not.toContain(TOKEN);
    expect(read({ tokenSha256: TOKEN_SHA256 }).configuration).toEqual(byToken);
    const env = { CAUSEWAY_PEER_ALICE_TOKEN_SHA256: TOKEN_SHA256 };
    expect(read({}, env).configuration).toEqual(byToken);
    expect(read({}, { CAUSEWAY_PEER_ALICE_TOKEN: TOKEN }).configuration).toEqual(byToken);
  });

  it('is not handed on to other processes either, while what we present is', () => {
    const { document } = read({ token: TOKEN });
    const handed = JSON.stringify(document);
    expect(handed).not.toContain(TOKEN);
    expect(handed).toContain(TOKEN_SHA256);
    expect(handed).toContain(bob.uri);
  });

  it('has the digest that sha256sum prints', () => {
    expect(digestOfToken(TOKEN)).toBe(TOKEN_SHA256);
  });
});
