import { z } from 'zod';
import { CalledProcess } from '../../apps/causeway/src/demo/called-process';
import { inRepository } from '../../apps/causeway/src/demo/repository';
import { cleanEnvironment } from '../support/running-connector';
import { MAX_HOLD_MS } from './payments-made';

/** One ledger of the connector: who is on the line, and who keeps it. */
export interface HistoricLedger {
  readonly prefix: string;
  /** Where it dials, or where it listens and for which token. */
  readonly line: { readonly server: string } | { readonly port: number; readonly token: string };
  /** With a store it decides; otherwise the other side does. */
  readonly stateful: boolean;
}

export interface HistoricConnectorOptions {
  readonly ledgers: readonly HistoricLedger[];
  readonly routes: readonly {
    readonly targetPrefix: string;
    readonly connectorLedger: string;
    readonly connectorAccount: string;
  }[];
  /** Accounts to which it broadcasts its routes. */
  readonly peers: readonly string[];
  /** Of each exchange: 0.01 is one part in a hundred. */
  readonly spread: number;
  readonly broadcastEveryMs: number;
  /** Does it say what its routes take? Yes unless said otherwise. */
  readonly broadcastCurves?: boolean;
}

const balancesSchema = z.object({ own: z.string(), told: z.string() });
const tallySchema = z.record(z.string(), z.number());
const requestsSchema = z.object({ broadcasts: tallySchema, quotes: tallySchema });

export type HistoricRequests = z.infer<typeof requestsSchema>;

const CURRENCY = { currencyCode: 'USD', currencyScale: 9 };

/** The unmodified ilp-connector@21.1.10 in a process of its own. It ends when we end, however we end. */
export class HistoricConnector {
  private constructor(private readonly process: CalledProcess) {}

  /** @throws Error when it is not ready, or one of its ledgers is not connected. */
  static async start(options: HistoricConnectorOptions): Promise<HistoricConnector> {
    const process = new CalledProcess({
      name: 'the historic connector',
      program: inRepository('test', 'interop', 'historic-connector.cjs'),
      env: environmentOf(options),
      onMessage: () => undefined,
    });
    try {
      await process.call('start', { prefixes: options.ledgers.map(({ prefix }) => prefix) });
      return new HistoricConnector(process);
    } catch (error) {
      await process.stop();
      throw error;
    }
  }

  /** Decimal; positive: the other side owes it. */
  async balances(prefix: string): Promise<z.infer<typeof balancesSchema>> {
    return balancesSchema.parse(await this.process.call('balances', { prefix }));
  }

  /** How its own requests were answered so far: `quote`, `empty`, `failed` or `error` with the code of the ILP error. */
  async requests(): Promise<HistoricRequests> {
    return requestsSchema.parse(await this.process.call('requests'));
  }

  /** What it could not cope with. */
  async weaknesses(): Promise<string[]> {
    return z.array(z.string()).parse(await this.process.call('weaknesses'));
  }

  async stop(): Promise<void> {
    await this.process.stop();
  }
}

/** It is configured by variables alone. */
function environmentOf(options: HistoricConnectorOptions): NodeJS.ProcessEnv {
  const { ledgers, routes, peers, spread, broadcastEveryMs, broadcastCurves = true } = options;
  const others = Object.entries(cleanEnvironment()).filter(
    ([name]) => !/^(CONNECTOR_|DEBUG$)/.test(name),
  );
  return {
    ...Object.fromEntries(others),
    CONNECTOR_BACKEND: 'one-to-one',
    CONNECTOR_FX_SPREAD: String(spread),
    CONNECTOR_MAX_HOLD_TIME: String(MAX_HOLD_MS / 1_000),
    CONNECTOR_LEDGERS: JSON.stringify(Object.fromEntries(ledgers.map(credentialsOf))),
    CONNECTOR_ROUTES: JSON.stringify(routes),
    CONNECTOR_PEERS: peers.join(','),
    CONNECTOR_BROADCAST_CURVES: String(broadcastCurves),
    CONNECTOR_ROUTE_BROADCAST_INTERVAL: String(broadcastEveryMs),
  };
}

function credentialsOf({ prefix, line, stateful }: HistoricLedger): [string, object] {
  const options =
    'server' in line
      ? { server: line.server }
      : {
          listener: { port: line.port },
          incomingSecret: line.token,
          info: { prefix, ...CURRENCY },
        };
  const plugin = inRepository('test', 'interop', 'historic-connector-plugin.cjs');
  const kept = stateful ? { stateful, maxBalance: '1000000000000' } : {};
  return [prefix, { currency: 'USD', plugin, options: { ...options, ...kept } }];
}
