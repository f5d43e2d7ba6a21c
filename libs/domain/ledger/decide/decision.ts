import type { LedgerEvent } from '../events';

/**
 * What a command comes to: something happens, or it is the repetition of what was accepted before
 * and nothing happens, or it is refused and nothing happens.
 */
export type Decision<Event extends LedgerEvent, Why> =
  { readonly event: Event } | { readonly repeated: true } | { readonly refusal: Why };

export const REPEATED = { repeated: true } as const;
