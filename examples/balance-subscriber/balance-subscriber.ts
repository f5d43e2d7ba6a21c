import type { Pool } from 'pg';
import {
  EventSubscription,
  HttpEventFeed,
  PostgresPositions,
  type SubscriptionLimits,
  type SubscriptionObserver,
} from '#events-client';
import type { ConnectorAt } from '../connector-at';
import { connectorBalances } from '../console-balances';
import { createBalanceTables, foldBalance, readBalances } from './balance-tables';

/** Names the durable consumer on the stream, and the positions in our database. */
export const SUBSCRIPTION = 'balance-subscriber';

/** Follows the events of a connector into tables of our own. Stop it before the pool. */
export async function keepBalances(options: {
  readonly at: ConnectorAt;
  readonly pool: Pool;
  readonly observer?: SubscriptionObserver;
  readonly limits?: Partial<SubscriptionLimits>;
}): Promise<{ stop(): Promise<void> }> {
  const { at, pool, observer, limits } = options;
  await createBalanceTables(pool);
  return EventSubscription.start({
    connector: at.connector,
    name: SUBSCRIPTION,
    natsUrl: at.natsUrl,
    feed: new HttpEventFeed({ url: at.consoleUrl, token: at.token }),
    store: await PostgresPositions.open(pool, { subscription: SUBSCRIPTION }),
    fold: foldBalance,
    ...(observer === undefined ? {} : { observer }),
    ...(limits === undefined ? {} : { limits }),
  });
}

export interface Comparison {
  readonly ledger: string;
  readonly ours: bigint;
  readonly theirs: bigint;
  /** Of the ledger's last event that both have seen; undefined while one of them is behind. */
  readonly asOf: number | undefined;
}

/** Our balance of every ledger beside the connector's own. */
export async function compareBalances(at: ConnectorAt, pool: Pool): Promise<readonly Comparison[]> {
  const theirs = await connectorBalances(at.consoleUrl, at.token);
  const ours = new Map((await readBalances(pool)).map((row) => [row.ledger, row]));
  return theirs.map(({ ledger, balance, position }) => {
    const own = ours.get(ledger);
    return {
      ledger,
      ours: own?.balance ?? 0n,
      theirs: balance,
      asOf: own?.position === position ? position : undefined,
    };
  });
}

/** Whether every balance is equal as of the same event. */
export function areEqual(comparisons: readonly Comparison[]): boolean {
  return comparisons.every(({ ours, theirs, asOf }) => asOf !== undefined && ours === theirs);
}
