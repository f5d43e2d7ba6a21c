import type { Projection } from '#event-store';
import { BALANCES_PROJECTION } from './balances-projection';
import { LEDGERS_PROJECTION } from './ledgers-projection';
import { SETTLEMENTS_PROJECTION } from './settlements-projection';
import { TRANSFERS_PROJECTION } from './transfers-projection';

/** Every read model that follows the log. */
export const PROJECTIONS: readonly Projection[] = [
  LEDGERS_PROJECTION,
  BALANCES_PROJECTION,
  TRANSFERS_PROJECTION,
  SETTLEMENTS_PROJECTION,
];
