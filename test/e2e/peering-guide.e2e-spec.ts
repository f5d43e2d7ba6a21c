import { readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { inRepository } from '../../apps/causeway/src/demo/repository';
import { RpcPeer } from '../support/gateway/rpc-peer';
import { Authority } from '../support/certificates';
import { guideHolds } from '../support/guide/guide-holds';
import { GuideRun } from '../support/guide/guide-run';
import { readGuide } from '../support/guide/read-guide';
import { endGuide, RETOLD_PATIENCE } from '../support/guide/retelling';
import { type Host, hostOfItsOwn } from '../support/hosted-connector';
import { type Payment, PayingPeer } from '../support/paying-peer';
import { temporaryDirectory, until } from '../support/running-connector';

const SECTION_WITHIN_MS = 400_000;
const PAID_WITHIN_MS = 60_000;
const HOLD_MS = 30_000;
const DOLLAR = 1_000_000_000n;

interface Customers {
  readonly alice: PayingPeer;
  readonly bob: PayingPeer;
}

/** As the guide shows them. */
const TOKENS = {
  alice: 'Wq4Lr8Xc1Zn6Vb3My9Tk2Hs7Gd5Jf0PaQeUiOoRxSyE',
  bob: 'p6Ds2Fg9Hj4Kl7Za1Xs5Cd8Vf3Bg0NhMjQkWlEiRoTp',
};

const markdown = readFileSync(inRepository('docs', 'peering.md'), 'utf8');
const guide = readGuide(markdown);

/** Two hosts, which the guide has in the world, and this test on this machine. */
describe('the guide to peering', () => {
  let directory: string;
  let run: GuideRun;
  let north: Host;
  let south: Host;
  const authority = new Authority('authority of the guide');
  let dialled: Customers | undefined;
  const closing: (() => Promise<unknown>)[] = [];

  beforeAll(async () => {
    directory = await temporaryDirectory();
    north = await hostOfItsOwn(authority, 'north');
    south = await hostOfItsOwn(authority, 'south');
    // Whose hostname sorts higher, dials.
    if (north.hostname > south.hostname) [north, south] = [south, north];
    const vera = await RpcPeer.listen();
    closing.push(() => vera.close());
    run = await GuideRun.begin({
      guide,
      directory,
      given: {
        ...namesOf(north, { name: 'north.example', listen: '192.0.2.1:443' }),
        ...namesOf(south, { name: 'south.example', listen: '198.51.100.1:443' }),
        // Nothing listens there.
        'nobody.example': '127.0.0.1:1',
        'vera.example': `127.0.0.1:${vera.port}`,
      },
      env: {
        // Both are on one machine here, and no public authority knows them.
        CAUSEWAY_CONSOLE_LISTEN: '127.0.0.1:0',
        CAUSEWAY_HEALTH_BASE_PORT: '0',
        CAUSEWAY_GATEWAY_TRUSTED_CA_FILE: north.trustedCaFile,
        CAUSEWAY_WEBFINGER_ALLOW_PRIVATE_ADDRESSES: 'true',
        // Readers have more patience than tests.
        CAUSEWAY_CONNECTOR_ROUTE_BROADCAST_INTERVAL_MS: '1000',
        // And faster machines: nothing is to expire.
        CAUSEWAY_CONNECTOR_MAX_HOLD_TIME_MS: String(2 * HOLD_MS),
        CAUSEWAY_WEBFINGER_RETRY_MS: '500',
        CAUSEWAY_WEBFINGER_CACHE_MS: '500',
        CAUSEWAY_LIMITS_REFUSED_RETRY_MS: '500',
        CAUSEWAY_LIMITS_FOUND_PEER_RETRY_MS: '500',
        CAUSEWAY_LIMITS_RECONNECT_MAX_MS: '500',
        CAUSEWAY_LIMITS_RECONNECT_MIN_MS: '100',
      },
      ...RETOLD_PATIENCE,
      asides: {
        'alice and bob dial in': async () => {
          await customers();
        },
        'alice pays bob 25 dollars': () =>
          pays('alice', { to: 'test.south.bob.client.x', amount: 25n * DOLLAR }),
        'bob pays alice 5 dollars back': () =>
          pays('bob', { to: 'test.north.alice.client.x', amount: 5n * DOLLAR }),
      },
    });
  }, SECTION_WITHIN_MS);

  afterAll(async () => {
    await endGuide(run, markdown);
    await Promise.all(closing.map((close) => close()));
    for (const path of [directory, north.directory, south.directory]) {
      await rm(path, { recursive: true, force: true });
    }
  }, SECTION_WITHIN_MS);

  guideHolds(guide, () => ({ run, directory }), SECTION_WITHIN_MS);

  /** They have what the guide's commands have said of them, and nothing else. */
  async function customers(): Promise<Customers> {
    const dial = async ({ hostname }: Host, token: string): Promise<PayingPeer> => {
      const url = `wss://${hostname}`;
      const peer = await PayingPeer.dial({ url, token: run.real(token), ca: authority.cert });
      closing.push(() => peer.close());
      return peer;
    };
    dialled ??= { alice: await dial(north, TOKENS.alice), bob: await dial(south, TOKENS.bob) };
    return dialled;
  }

  async function pays(who: keyof Customers, payment: Payment): Promise<void> {
    const { [who]: payer } = await customers();
    // The session of a customer is open a moment after he has dialled.
    await until(PAID_WITHIN_MS, `${who} pays ${payment.to}`, async () => {
      return (await payer.pay({ ...payment, expiresInMs: HOLD_MS })) === 'fulfilled';
    });
  }
});

function namesOf(
  { hostname, certFile, keyFile }: Host,
  { name, listen }: { readonly name: string; readonly listen: string },
): Record<string, string> {
  const side = name.replace('.example', '');
  return {
    [name]: hostname,
    [listen]: hostname,
    [`/etc/ssl/${side}.pem`]: certFile,
    [`/etc/ssl/${side}.key`]: keyFile,
  };
}
