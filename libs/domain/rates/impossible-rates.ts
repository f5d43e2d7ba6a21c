import { isSameSheet, type NewSheet } from './rate-sheet';
import { BY_CONFIGURATION, type LoggedRatesEvent } from './rates-event';
import { type RatesHistory, TABLE_SOURCE } from './rates-history';

/** What should have been, and what is there instead; for whoever reads a log that may be wrong. */
export interface RatesImpossibility {
  readonly expected: string;
  readonly found: string;
}

type Impossible = RatesImpossibility | undefined;

/** Why no honest connector puts this event after this history; undefined if it may. */
export function impossibleRates(history: RatesHistory, event: LoggedRatesEvent): Impossible {
  const next = history.sequence + 1;
  if (event.sequence !== next) {
    return { expected: `sequence ${next}`, found: `sequence ${event.sequence}` };
  }
  switch (event.type) {
    case 'RatesPublished':
      return publishedWrongly(history, event.sheet);
    case 'RatesSet':
      return setWrongly(history, event.sheet, event.by);
    case 'RatesConfirmed':
      return notInForce(history) ?? notLater(history, event.fetchedAtMs);
    case 'RatesWithdrawn':
      return notInForce(history);
    case 'RatesRestored':
      if (history.withdrawn !== undefined) return undefined;
      return { expected: 'rates that were withdrawn', found: standing(history) };
  }
}

function publishedWrongly({ sheet, withdrawn }: RatesHistory, published: NewSheet): Impossible {
  if (published.source === TABLE_SOURCE) {
    return { expected: 'a source that publishes', found: TABLE_SOURCE };
  }
  if (sheet === undefined || !isSameSheet(sheet, published)) return undefined;
  const found = `those of version ${sheet.version}`;
  return { expected: withdrawn === undefined ? 'other rates' : 'RatesRestored', found };
}

function setWrongly({ sheet }: RatesHistory, set: NewSheet, by: string): Impossible {
  if (set.source !== TABLE_SOURCE) return { expected: TABLE_SOURCE, found: set.source };
  // The configuration may set anything at any time; others change what a table says.
  if (by === BY_CONFIGURATION) return undefined;
  if (sheet?.source !== TABLE_SOURCE) {
    return { expected: 'a table to change', found: sheet?.source ?? 'no rates' };
  }
  if (sheet.base !== set.base) return { expected: `base ${sheet.base}`, found: set.base };
  if (!isSameSheet(sheet, set)) return undefined;
  return { expected: 'other rates', found: `those of version ${sheet.version}` };
}

function notInForce(history: RatesHistory): Impossible {
  if (history.sheet !== undefined && history.withdrawn === undefined) return undefined;
  return { expected: 'rates in force', found: standing(history) };
}

function notLater({ confirmedAtMs }: RatesHistory, fetchedAtMs: number): Impossible {
  if (fetchedAtMs > confirmedAtMs) return undefined;
  return { expected: `a time after ${confirmedAtMs}`, found: String(fetchedAtMs) };
}

function standing({ sheet, withdrawn }: RatesHistory): string {
  if (sheet === undefined) return 'no rates';
  return withdrawn === undefined ? 'rates in force' : `rates that are withdrawn (${withdrawn})`;
}
