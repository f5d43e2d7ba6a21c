import { isAddress } from '#protocol';

/** A route that the operator wired by hand: where to, over which ledger, to whom (SPEC §14.2). */
export interface StaticRouteRule {
  /** May be empty: the default route. */
  readonly targetPrefix: string;
  /** Prefix of a local ledger. */
  readonly connectorLedger: string;
  /** The next connector's address on that ledger. */
  readonly connectorAccount: string;
}

/** A static route that breaks SPEC §14.2: refuse to start. */
export class InvalidStaticRouteError extends Error {
  override readonly name = 'InvalidStaticRouteError';

  constructor(
    readonly field: keyof StaticRouteRule,
    readonly rule: 'not-an-address' | 'must-end-in-dot' | 'must-start-with-ledger',
    value: string,
  ) {
    super(`static route: ${field} "${value}" breaks the rule ${rule}`);
  }
}

/** @throws InvalidStaticRouteError */
export function requireStaticRoute(route: StaticRouteRule): void {
  const { targetPrefix, connectorLedger, connectorAccount } = route;
  if (targetPrefix !== '' && !isAddress(targetPrefix)) {
    throw new InvalidStaticRouteError('targetPrefix', 'not-an-address', targetPrefix);
  }
  if (!connectorLedger.endsWith('.')) {
    throw new InvalidStaticRouteError('connectorLedger', 'must-end-in-dot', connectorLedger);
  }
  if (!connectorAccount.startsWith(connectorLedger)) {
    throw new InvalidStaticRouteError(
      'connectorAccount',
      'must-start-with-ledger',
      connectorAccount,
    );
  }
}
