import { loadConfiguration } from '#platform';
import { ownIdentity } from './own-identity';
import { NoWebFingerSecretError, webfingerSecret } from './webfinger-secret';
import { WALLET1 } from '../../../../test/support/gateway/scripted-host';

const configuration = (webfinger: object) => {
  const connector = { address: 'test.causeway' };
  const document = { connector, console: { token: 'unused' }, webfinger };
  return loadConfiguration({ document, env: {} });
};

it('asks no database for a secret that is configured', async () => {
  const { secret } = WALLET1;
  const configured = configuration({ hostname: 'wallet1.com', secret });
  expect(await webfingerSecret(configured, 'spec')).toBe(secret);
});

it('needs none where WebFinger is off', async () => {
  const off = configuration({});
  expect(await webfingerSecret(off, 'spec')).toBeUndefined();
  expect(ownIdentity(off.webfinger, undefined)).toBeUndefined();
});

it('says why there is none without a secret and without a database', async () => {
  const secret = webfingerSecret(configuration({ hostname: 'wallet1.com' }), 'spec');
  await expect(secret).rejects.toThrow(NoWebFingerSecretError);
});
