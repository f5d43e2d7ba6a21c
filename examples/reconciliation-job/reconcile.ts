import { HttpEventFeed, type LogEvent } from '#events-client';
import type { ConnectorAt } from '../connector-at';
import { connectorBalances } from '../console-balances';
import { type Entry, LedgerBook } from './ledger-book';

const DAY_MS = 86_400_000;
/** The read models follow the log at some distance, and the log goes on. */
const ATTEMPTS = 20;

export interface DayReport {
  readonly ledger: string;
  readonly opening: bigint;
  readonly entries: readonly Entry[];
  /** What the day's incoming and outgoing movements come to, settlements and all. */
  readonly incoming: bigint;
  readonly outgoing: bigint;
  readonly closing: bigint;
  readonly comparison: {
    /** By our fold, and by the connector, both after the event at `asOf`. */
    readonly ours: bigint;
    readonly connector: bigint;
    readonly asOf: number;
  };
}

/** The connector has no such ledger, or its read models do not come to what the log has. */
export class CannotReconcileError extends Error {
  override readonly name = 'CannotReconcileError';
}

/** One day (UTC) of one ledger from the feed, and its balance beside the connector's own. */
export async function reconcileDay(
  at: ConnectorAt,
  ledger: string,
  dayMs: number,
): Promise<DayReport> {
  const events = new LedgerEvents(
    new HttpEventFeed({ url: at.consoleUrl, token: at.token }),
    ledger,
  );
  for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
    const balances = await connectorBalances(at.consoleUrl, at.token);
    const connector = balances.find((balance) => balance.ledger === ledger);
    if (connector === undefined) throw new CannotReconcileError(`there is no ledger ${ledger}`);
    // Read after the balance was, so that its last event cannot be missing.
    const all = await events.readOn();
    const upTo = all.filter(({ position }) => position <= connector.position);
    if (upTo.at(-1)?.position !== connector.position) continue;
    const comparison = {
      ours: bookOf(upTo).balance,
      connector: connector.balance,
      asOf: connector.position,
    };
    return { ledger, ...dayOf(all, dayMs), comparison };
  }
  throw new CannotReconcileError(`the balance of ${ledger} is as of no event of its own`);
}

/** Every event of a ledger, read page by page and kept. */
class LedgerEvents {
  private readonly events: LogEvent[] = [];

  constructor(
    private readonly feed: HttpEventFeed,
    private readonly ledger: string,
  ) {}

  async readOn(): Promise<readonly LogEvent[]> {
    for (let more = true; more;) {
      const page = await this.feed.ledger(this.ledger, this.events.at(-1)?.version ?? 0);
      this.events.push(...page.events);
      ({ more } = page);
    }
    return this.events;
  }
}

function dayOf(events: readonly LogEvent[], dayMs: number) {
  const before = bookOf(events.filter(({ occurredAtMs }) => occurredAtMs < dayMs));
  const whole = bookOf(events.filter(({ occurredAtMs }) => occurredAtMs < dayMs + DAY_MS));
  const entries = whole.entries.slice(before.entries.length);
  const moved = entries.filter(({ kind }) => kind !== 'rejected' && kind !== 'expired');
  const sum = (amounts: readonly bigint[]) => amounts.reduce((total, amount) => total + amount, 0n);
  return {
    opening: before.balance,
    entries,
    incoming: sum(moved.map(({ amount }) => amount).filter((amount) => amount > 0n)),
    outgoing: -sum(moved.map(({ amount }) => amount).filter((amount) => amount < 0n)),
    closing: whole.balance,
  };
}

function bookOf(events: readonly LogEvent[]): LedgerBook {
  const book = new LedgerBook();
  for (const event of events) book.fold(event);
  return book;
}
