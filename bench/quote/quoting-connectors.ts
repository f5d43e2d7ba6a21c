import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '#platform';
import { broadcastEntry } from '#protocol';
import { ConnectorUnderTest } from '../../test/support/connector-under-test';
import { HistoricConnector } from '../../test/interop/running-historic-connector';
import { openPeer } from '../open-peer';
import { Asker } from './asker';
import { KINDS } from './quote-frames';

/** A connector that is asked, and whom it has learned its routes from. */
export interface Quoting {
  readonly name: string;
  readonly asker: Asker;
  readonly stop: () => Promise<void>;
}

const SPREAD = 0.002;
const MANY = 1_000_000;
/** So that nothing expires before all is measured. */
const HOLD_DOWN_MS = 3_600_000;
const LEARNT_WITHIN_MS = 30_000;
const LIMIT = 10n ** 12n;
const TOKENS = { asker: 'asker-0123456789abcdef', far: 'far-0123456789abcdef' };
const FAR = 'test.far.';

export const destinationsOf = (count: number): string[] =>
  Array.from({ length: count }, (_, index) => `test.beyond${index}.`);

/** `causeway start`, all of it. */
export async function ourConnector(destinations: readonly string[]): Promise<Quoting> {
  const connector = await ConnectorUnderTest.start({
    connector: { address: 'test.bench', spread: SPREAD },
    limits: { requestsPerPeerPerSecond: MANY, inFlightPerPeer: MANY },
    log: { level: 'info' },
    peers: [openPeer('asker', TOKENS.asker), openPeer('far', TOKENS.far)],
  });
  const urls = { asker: connector.url, far: connector.url };
  return met({ name: 'causeway', urls, stop: () => connector.stop() }, destinations);
}

/** The unmodified ilp-connector@21.1.10, with the plugin of its time on both ledgers. */
export async function historicConnector(destinations: readonly string[]): Promise<Quoting> {
  const ports = { asker: await freePort(), far: await freePort() };
  const ledger = (name: 'asker' | 'far') => ({
    prefix: `test.${name}.`,
    line: { port: ports[name], token: TOKENS[name] },
    stateful: true,
  });
  const connector = await HistoricConnector.start({
    ledgers: [ledger('asker'), ledger('far')],
    routes: [],
    peers: [],
    spread: SPREAD,
    broadcastEveryMs: 30_000,
  });
  const urls = { asker: `ws://127.0.0.1:${ports.asker}`, far: `ws://127.0.0.1:${ports.far}` };
  return met({ name: 'ilp-connector', urls, stop: () => connector.stop() }, destinations);
}

async function met(
  connector: {
    readonly name: string;
    readonly urls: Readonly<Record<'asker' | 'far', string>>;
    readonly stop: () => Promise<void>;
  },
  destinations: readonly string[],
): Promise<Quoting> {
  const { name, urls } = connector;
  try {
    const far = await Asker.connect(urls.far, TOKENS.far);
    const asker = await Asker.connect(urls.asker, TOKENS.asker);
    await far.tell(announcement(destinations));
    await learnt(asker, destinations.at(-1) ?? '');
    const stop = async (): Promise<void> => {
      asker.close();
      far.close();
      await connector.stop();
    };
    return { name, asker, stop };
  } catch (error) {
    await connector.stop();
    throw error;
  }
}

/** Each destination behind the far ledger, at the price of another connector like ours. */
function announcement(destinations: readonly string[]) {
  const curve = [
    [1n, 0n],
    [LIMIT + 1n, (LIMIT * 998n) / 1_000n],
  ] as const;
  const update = {
    holdDownMs: HOLD_DOWN_MS,
    newRoutes: destinations.map((destinationLedger) => ({
      sourceLedger: FAR,
      sourceAccount: `${FAR}client`,
      destinationLedger,
      minMessageWindowS: 1,
      points: curve,
      paths: [[]],
    })),
    unreachable: [],
    requestFullTable: false,
  };
  return broadcastEntry(update, { dialect: 'v21', curvelessV17: 'omit' }, 'custom');
}

async function learnt(asker: Asker, destination: string): Promise<void> {
  const untilMs = Date.now() + LEARNT_WITHIN_MS;
  for (const kind of KINDS) {
    for (;;) {
      try {
        await asker.figure(kind, destination);
        break;
      } catch (error) {
        if (Date.now() > untilMs) throw error;
        await sleep(100);
      }
    }
  }
}
