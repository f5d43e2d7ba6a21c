import { ConfigurationError } from './configuration-error';
import { loadConfiguration } from './load-configuration';

const least = { connector: { address: 'test.causeway' }, console: { token: 'change-me' } };

function complaints(document: object): string[] {
  try {
    loadConfiguration({ document: { ...least, ...document }, env: {} });
    return [];
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    return error.problems.map(({ key, rule }) => `${key}: ${rule}`);
  }
}

describe('what is wrong with the settings of a gateway', () => {
  it.each<[string, object, string]>([
    [
      'a certificate without its key',
      { gateway: { tls: { certFile: '/c.pem' } } },
      'gateway.tls.keyFile: is required beside the other one',
    ],
    [
      'a key without its certificate',
      { gateway: { tls: { keyFile: '/k.pem' } } },
      'gateway.tls.certFile: is required beside the other one',
    ],
    [
      'an address for the world with a secret in it',
      { gateway: { publicUri: 'btp+wss://:secret@a.example' } },
      'gateway.publicUri: must not hold credentials',
    ],
    [
      'an address for the world that nobody can dial',
      { gateway: { publicUri: 'wss://a.example' } },
      'gateway.publicUri: not a BTP URI: it must start with btp+ws:// or btp+wss://',
    ],
    [
      'a Fulfill whose pauses shrink',
      { limits: { repeatFulfillMinMs: 2_000 } },
      'limits.repeatFulfillMaxMs: must not be less than limits.repeatFulfillMinMs',
    ],
    [
      'a peer that is cut before it is paused',
      { limits: { sendQueueBytes: 65_536, sendLowWaterBytes: 1_024 } },
      'limits.sendHighWaterBytes: must not exceed limits.sendQueueBytes',
    ],
    [
      'a peer that is paused for ever',
      { limits: { sendHighWaterBytes: 262_144 } },
      'limits.sendLowWaterBytes: must be less than limits.sendHighWaterBytes',
    ],
    [
      'a quote that outlasts the patience of who asked',
      { limits: { quoteSharePercent: 100 } },
      'limits.quoteSharePercent: must be a whole number from 1 to 99',
    ],
  ])('is %s', (_, document, complaint) => {
    const [found, ...more] = complaints(document);
    expect(found).toContain(complaint);
    expect(more).toEqual([]);
  });
});
