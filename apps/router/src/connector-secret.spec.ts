import { type Configuration, loadConfiguration } from '#platform';
import { connectorSecret, NoSecretError } from './connector-secret';

const configuration = (connector: object): Configuration => {
  const console = { token: 'unused' };
  const document = { connector: { address: 'test.causeway', ...connector }, console };
  return loadConfiguration({ document, env: {} });
};

test('a configured secret is used as it stands, without a database', async () => {
  const secret = '0a'.repeat(32);
  expect(await connectorSecret(configuration({ secret }), 'spec')).toEqual(Buffer.alloc(32, 10));
});

test('with neither a secret nor a database there is none, and the reason is said', async () => {
  await expect(connectorSecret(configuration({}), 'spec')).rejects.toThrow(NoSecretError);
});
