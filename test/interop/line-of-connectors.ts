import { z } from 'zod';
import { freePort } from '#platform';
import { ConnectorUnderTest } from '../support/connector-under-test';
import { ConsoleApi } from '../support/console-api';
import { dialsUs, tokenOf } from '../support/dialling-peers';
import { MAX_HOLD_MS } from './payments-made';
import { HistoricConnector } from './running-historic-connector';
import { stopInTurn } from './stop-in-turn';

/** The ledger between the two connectors, and those of their clients. */
export const SHARED = 'peer.hub.usd.9.';
export const SAM = 'test.sam.';
export const RITA = 'test.rita.';
/** Of every ledger that we keep. */
export const LIMIT = 10n ** 12n;

const EXPIRE_AFTER = 10;

const toldSchema = z.object({
  routes: z.array(z.object({ destination: z.string(), known: z.string() })),
});

interface Line {
  readonly broadcastEveryMs: number;
  /** Do both say what their routes take? */
  readonly broadcastCurves: boolean;
}

/**
 * sam - our connector - an ilp-connector@21.1.10 - rita. Nobody is told any route by its operator. Our spread is 2
 * parts in 1000, and theirs 10.
 */
export class LineOfConnectors {
  /** Stopped in this order: ours first, while the others still answer. */
  private readonly parties: { stop(): Promise<unknown> }[];

  private constructor(
    private readonly ours: ConnectorUnderTest,
    readonly historic: HistoricConnector,
    private readonly ritaPort: number,
  ) {
    this.parties = [ours, historic];
  }

  static async start({ broadcastEveryMs, broadcastCurves }: Line): Promise<LineOfConnectors> {
    const ritaPort = await freePort();
    const ours = await ConnectorUnderTest.start({
      connector: {
        address: 'test.causeway',
        spread: 0.002,
        broadcastCurves,
        maxHoldTimeMs: MAX_HOLD_MS,
        routeBroadcastIntervalMs: broadcastEveryMs,
        routeExpiryMs: EXPIRE_AFTER * broadcastEveryMs,
      },
      peers: [
        dialsUs('sam', { limit: LIMIT }),
        dialsUs('hub', { limit: LIMIT, ledger: { prefix: SHARED } }),
      ],
    });
    try {
      const ritasLine = { port: ritaPort, token: tokenOf('rita') };
      const historic = await HistoricConnector.start({
        ledgers: [
          { prefix: SHARED, line: { server: ours.uri(tokenOf('hub')) }, stateful: false },
          { prefix: RITA, line: ritasLine, stateful: true },
        ],
        routes: [],
        peers: [`${SHARED}server`],
        spread: 0.01,
        broadcastEveryMs,
        broadcastCurves,
      });
      return new LineOfConnectors(ours, historic, ritaPort);
    } catch (error) {
      await ours.stop();
      throw error;
    }
  }

  /** The destinations that the historic connector has agreed to have heard of from us. */
  async toldHistoric(): Promise<string[]> {
    const api = new ConsoleApi(this.ours.dataDir, 'olga');
    const { body } = await api.get('/api/peers/hub/routes/told');
    return toldSchema
      .parse(body)
      .routes.filter(({ known }) => known === 'certain')
      .map(({ destination }) => destination);
  }

  /** Where that client dials, and with which token. */
  doorOf(client: 'sam' | 'rita'): { readonly url: string; readonly token: string } {
    const url = client === 'sam' ? this.ours.url : `ws://127.0.0.1:${this.ritaPort}`;
    return { url, token: tokenOf(client) };
  }

  /** Is stopped with the connectors, after them. */
  joins<T extends { stop(): Promise<unknown> }>(party: T): T {
    this.parties.push(party);
    return party;
  }

  stop(): Promise<void> {
    return stopInTurn(this.parties);
  }
}
