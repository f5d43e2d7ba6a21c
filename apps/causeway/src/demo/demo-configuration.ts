import { randomBytes } from 'node:crypto';
import { freePort } from '#platform';
import { SPREAD_PER_THOUSAND } from './payment-plan';

/** What the connector and the peers of the demo have to agree on. */
export interface DemoTerms {
  readonly btpPort: number;
  readonly bobPort: number;
  readonly aliceToken: string;
  readonly bobToken: string;
  /** Hex, known to the two ends of a payment only. */
  readonly receiverSecret: string;
}

export const LIMIT = '1000000000000000';

/** Fresh secrets, and ports that nobody uses at this moment. */
export async function agreeOnTerms(): Promise<DemoTerms> {
  const secret = (): string => randomBytes(16).toString('hex');
  return {
    btpPort: await freePort(),
    bobPort: await freePort(),
    aliceToken: secret(),
    bobToken: secret(),
    receiverSecret: secret(),
  };
}

/**
 * The content of causeway.yaml: alice dials us and we administer her ledger; we dial bob, who administers his, and
 * keep its shadow.
 */
export function demoConfiguration(terms: DemoTerms) {
  return {
    connector: { address: 'test.causeway', spread: Number(SPREAD_PER_THOUSAND) / 1000 },
    gateway: { listen: `127.0.0.1:${terms.btpPort}` },
    console: { listen: '127.0.0.1:0', token: randomBytes(16).toString('hex') },
    health: { basePort: 0 },
    peers: [alice(terms), bob(terms)],
  };
}

function alice({ aliceToken }: DemoTerms) {
  return {
    id: 'alice',
    discovery: 'btp',
    socket: 'server',
    btpVersion: 'BTP/1.0',
    username: '',
    token: aliceToken,
    authority: 'admin',
    ledger: {
      prefix: 'test.alice.',
      currencyCode: 'USD',
      currencyScale: 9,
      account: 'server',
      peerAccount: 'client',
      maxBalance: LIMIT,
      minBalance: `-${LIMIT}`,
    },
  };
}

function bob({ bobPort, bobToken }: DemoTerms) {
  return {
    id: 'bob',
    discovery: 'btp',
    socket: 'client',
    btpVersion: 'BTP/1.0',
    uri: `btp+ws://:${bobToken}@127.0.0.1:${bobPort}`,
    authority: 'shadow',
    ledger: { currencyCode: 'USD', currencyScale: 9 },
  };
}
