import { eventSubject } from './subjects';

/** A stream keeps this much unless an operator changes it; the log keeps everything. */
const MAX_AGE_DAYS = 30;
const DAY_MS = 86_400_000;
/** Within this time a repeated event is recognised by its id and dropped. */
const DUPLICATE_WINDOW_MS = 120_000;

/** The JetStream stream that integrators read: a copy of the log, one subject per ledger and type. */
export function eventStream(connector: string) {
  return {
    name: `CAUSEWAY_LEDGER_${connector.toUpperCase()}`,
    subjects: [eventSubject(connector, '*', '*')],
    maxAgeMs: MAX_AGE_DAYS * DAY_MS,
    duplicateWindowMs: DUPLICATE_WINDOW_MS,
  };
}
