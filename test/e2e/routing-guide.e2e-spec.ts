import { readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { inRepository } from '../../apps/causeway/src/demo/repository';
import { freePort } from '#platform';
import {
  type BtpRequest,
  decodeIlp,
  encodeIlp,
  ilpEntry,
  protocolEntry,
  SUB_PROTOCOL,
} from '#protocol';
import type { Reaction } from '#testing';
import { guideHolds } from '../support/guide/guide-holds';
import { GuideRun } from '../support/guide/guide-run';
import { readGuide } from '../support/guide/read-guide';
import { endGuide, RETOLD_PATIENCE } from '../support/guide/retelling';
import { PayingPeer } from '../support/paying-peer';
import { temporaryDirectory, until } from '../support/running-connector';

const SECTION_WITHIN_MS = 300_000;
const PAID_WITHIN_MS = 60_000;
const QUOTE_HOLDS_MS = 250_000;
const HOLD_MS = 30_000;

/** As the guide shows it. */
const AGREED = '9d4e1c0b7a6f5e4d3c2b1a09f8e7d6c5b4a3928170f1e2d3c4b5a69788796a5b';

const markdown = readFileSync(inRepository('docs', 'routing.md'), 'utf8');
const guide = readGuide(markdown);

describe('the guide to routes, rates and quotes', () => {
  let directory: string;
  let run: GuideRun;
  let alice: PayingPeer;
  let bob: PayingPeer;
  const north = { shown: '192.0.2.1:7768', real: '' };
  const south = { shown: '198.51.100.1:7768', real: '' };
  const dialled: PayingPeer[] = [];

  beforeAll(async () => {
    directory = await temporaryDirectory();
    for (const host of [north, south]) host.real = `127.0.0.1:${await freePort()}`;
    run = await GuideRun.begin({
      guide,
      directory,
      given: { [north.shown]: north.real, [south.shown]: south.real },
      env: {
        // Both are on one machine here.
        CAUSEWAY_CONSOLE_LISTEN: '127.0.0.1:0',
        CAUSEWAY_HEALTH_BASE_PORT: '0',
        // Readers have more patience than tests.
        CAUSEWAY_CONNECTOR_ROUTE_BROADCAST_INTERVAL_MS: '1000',
        // And faster machines: nothing is to expire.
        CAUSEWAY_CONNECTOR_MAX_HOLD_TIME_MS: String(2 * HOLD_MS),
      },
      ...RETOLD_PATIENCE,
      asides: {
        'alice, bob and west dial in': dialIn,
        'alice pays bob 10 euros': payBob,
        'bob hangs up': () => bob.close(),
      },
    });
  }, SECTION_WITHIN_MS);

  afterAll(async () => {
    await endGuide(run, markdown);
    await Promise.all(dialled.map((peer) => peer.close()));
    await rm(directory, { recursive: true, force: true });
  }, SECTION_WITHIN_MS);

  guideHolds(guide, () => ({ run, directory }), SECTION_WITHIN_MS);

  async function dial(host: string, id: string): Promise<PayingPeer> {
    const peer = await PayingPeer.dial({ url: `ws://${host}`, token: `the-token-of-${id}` });
    dialled.push(peer);
    return peer;
  }

  async function dialIn(): Promise<void> {
    alice = await dial(north.real, 'alice');
    bob = await dial(south.real, 'bob');
    bob.expect(Buffer.from(AGREED, 'hex'));
    const west = await dial(north.real, 'west');
    west.btp.script(quotes);
  }

  async function payBob(): Promise<void> {
    const payment = {
      to: 'test.south.bob.client.x',
      amount: 110_000n,
      delivers: 1_000n,
      expiresInMs: HOLD_MS,
    };
    await until(PAID_WITHIN_MS, 'alice pays bob', async () => {
      return (await alice.pay(payment)) === 'fulfilled';
    });
  }
});

/** West tells no routes, and answers whoever asks what it takes to pay beyond it. */
function quotes(request: BtpRequest): Reaction | undefined {
  if (request.type !== 'message') return undefined;
  const entry = protocolEntry(request.protocolData, SUB_PROTOCOL.ilp);
  if (entry === undefined || decodeIlp(entry.data).type !== 'liquidity-request') return undefined;
  const packet = encodeIlp({
    type: 'liquidity-response',
    points: [
      [0n, 0n],
      [100_000n, 90_000n],
    ],
    appliesToPrefix: 'test.far.',
    sourceHoldDurationMs: 7_000,
    expiresAtMs: Date.now() + QUOTE_HOLDS_MS,
  });
  return { respond: [ilpEntry(packet)] };
}
