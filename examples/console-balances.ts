import { z } from 'zod';

const ledgersShape = z.object({
  ledgers: z.array(
    z.object({
      ledger: z.string(),
      balance: z.string().regex(/^-?\d+$/),
      asOf: z.object({ partition: z.coerce.number(), position: z.coerce.number() }),
    }),
  ),
});

/** A balance as the connector's read models have it, after the event at a position of the log. */
export interface ConnectorBalance {
  readonly ledger: string;
  readonly balance: bigint;
  readonly partition: number;
  readonly position: number;
}

/** `GET /api/ledgers` of the console. */
export async function connectorBalances(
  consoleUrl: string,
  token: string,
): Promise<readonly ConnectorBalance[]> {
  const response = await fetch(new URL('/api/ledgers', consoleUrl), {
    headers: { authorization: `Bearer ${token}` },
  });
  if (!response.ok) throw new Error(`the console answered ${response.status}`);
  const { ledgers } = ledgersShape.parse(await response.json());
  return ledgers.map(({ ledger, balance, asOf }) => ({
    ledger,
    balance: BigInt(balance),
    ...asOf,
  }));
}
