import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import {
  agreeWith,
  deriveSharedLedger,
  KeyAgreementError,
  type KeyFault,
  normalPublicKey,
  publicKeyOf,
} from '.';

interface PeeringVector {
  readonly id?: string;
  readonly my_secret: string;
  readonly my_public_key: string;
  readonly peer_secret?: string;
  readonly peer_public_key: string;
  readonly token: string;
  readonly auth_token: string;
  readonly currency_code: string;
  readonly currency_scale: number;
  readonly prefix: string;
}

const vectors = JSON.parse(
  readFileSync(join(__dirname, '../../../test/vectors/vectors.json'), 'utf8'),
) as {
  readonly peering: readonly PeeringVector[];
  readonly peering_known_peer_key: PeeringVector;
};

const all = [...vectors.peering, vectors.peering_known_peer_key];

describe.each(all)('the peering $prefix', (vector) => {
  const keys = { secret: vector.my_secret, peerPublicKey: vector.peer_public_key };
  const currency = { currencyCode: vector.currency_code, currencyScale: vector.currency_scale };

  it('has the tokens, the prefix and the accounts that the peers of old derive', () => {
    expect(agreeWith(keys.secret, keys.peerPublicKey)).toEqual({
      token: vector.token,
      authToken: vector.auth_token,
    });
    expect(deriveSharedLedger(keys, currency)).toEqual({
      prefix: vector.prefix,
      account: vector.my_public_key,
      peerAccount: vector.peer_public_key,
      authToken: vector.auth_token,
    });
  });
});

it.each(vectors.peering.filter(({ peer_secret }) => peer_secret !== undefined))(
  'both sides of $id derive the same',
  (vector) => {
    const peerSecret = vector.peer_secret ?? '';
    expect(publicKeyOf(peerSecret)).toBe(vector.peer_public_key);
    expect(agreeWith(peerSecret, vector.my_public_key)).toEqual(
      agreeWith(vector.my_secret, vector.peer_public_key),
    );
  },
);

it('any two secrets agree, in whatever spelling the keys come', () => {
  const secret = fc.uint8Array({ minLength: 1, maxLength: 64 }).map((bytes) => Buffer.from(bytes));
  fc.assert(
    fc.property(secret, secret, (mine, theirs) => {
      const here = agreeWith(mine.toString('base64url'), publicKeyOf(theirs.toString('base64')));
      const key = Buffer.from(publicKeyOf(mine.toString('base64url')), 'base64url');
      expect(agreeWith(theirs.toString('base64'), key.toString('base64'))).toEqual(here);
      expect(normalPublicKey(key.toString('base64'))).toBe(key.toString('base64url'));
    }),
    { numRuns: 50 },
  );
});

describe('a key that is no good', () => {
  const secret = vectors.peering_known_peer_key.my_secret;
  const lowOrder = 'e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800';

  it.each<[string, string, KeyFault]>([
    ['of other characters', 'not a key!', 'not-base64'],
    ['too short', 'abcd', 'wrong-length'],
    ['too long', 'A'.repeat(44), 'wrong-length'],
    ['all zero', 'A'.repeat(43), 'all-zero'],
    ['of low order', Buffer.from(lowOrder, 'hex').toString('base64url'), 'no-agreement'],
  ])('%s is refused', (_, key, rule) => {
    expect(() => agreeWith(secret, key)).toThrow(new KeyAgreementError(rule));
  });

  it.each(['', 'not a secret!'])('as is the secret %j', (wrong) => {
    expect(() => publicKeyOf(wrong)).toThrow(new KeyAgreementError('no-secret'));
  });
});
