import { generateKeyPairSync } from 'node:crypto';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freshDirectory } from '../../../test/support/fresh-directory';
import { keptSigningKey, readSigningKey, SigningKeyError } from './signing-key';

const folder = freshDirectory();

const pemOf = (key: ReturnType<typeof keptSigningKey>): string =>
  key.export({ type: 'pkcs8', format: 'pem' }).toString();

test('a key is made once, for its owner alone, and read ever after', () => {
  const file = join(folder.path, 'deeper', 'audit-key.pem');
  expect(readSigningKey(file)).toBeUndefined();
  const made = keptSigningKey(file);
  expect(made.asymmetricKeyType).toBe('ed25519');
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(pemOf(keptSigningKey(file))).toBe(pemOf(made));
  expect(readFileSync(file, 'utf8')).toBe(pemOf(made));
  expect(readdirSync(join(file, '..'))).toEqual(['audit-key.pem']);
});

test.each([
  ['no PEM', 'secret'],
  [
    'another kind of key',
    generateKeyPairSync('x25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  ],
])('%s is refused and left as it is', (_what, content) => {
  const file = join(folder.path, 'audit-key.pem');
  writeFileSync(file, content);
  expect(() => keptSigningKey(file)).toThrow(SigningKeyError);
  expect(readFileSync(file, 'utf8')).toBe(content);
});

test('a place that cannot be written is named', () => {
  writeFileSync(join(folder.path, 'file'), '');
  expect(() => keptSigningKey(join(folder.path, 'file', 'key.pem'))).toThrow(/key\.pem cannot be/);
});
