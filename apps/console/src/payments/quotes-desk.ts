import type { DataSource } from 'typeorm';
import {
  type OrderProblem,
  type QuoteExplained,
  readQuoteExplained,
  readQuoteQuestion,
  type Subjects,
} from '#contracts';
import type { ControlClient } from '#messaging';
import { unreadable } from '../failure';
import { quoteFailure } from './payment-errors';
import { readAmounts } from './written-amounts';

/** Longer than a quoter waits for a peer that it asks in turn. */
const ANSWER_WITHIN_MS = 12_000;
/** A hold that peers commonly ask for. */
const USUAL_HOLD_MS = 5_000;

/**
 * Has a quoter say what it would answer the peer of a ledger, and why. Failures: 422 InvalidQuestion,
 * 404 LedgerNotFound, 503 QuotesUnavailable.
 */
export class QuotesDesk {
  constructor(
    private readonly control: Pick<ControlClient, 'ask'>,
    private readonly subject: Subjects['quoterExplain'],
    private readonly dataSource: DataSource,
  ) {}

  /** @param query as it stands in a URL @throws HttpException */
  async quote(query: Readonly<Record<string, unknown>>): Promise<QuoteExplained> {
    const { from, to, unit, hold, sourceAmount, destinationAmount, ...rest } = query;
    const amounts = { sourceAmount, destinationAmount };
    const { units, problems } = await readAmounts({ from, to, unit, ...amounts }, this.dataSource);
    const asked = { ...rest, from, to, ...units, holdMs: holdOf(hold) };
    const reading = readQuoteQuestion(asked);
    const wrong = 'problems' in reading ? [...problems, ...reading.problems.map(inUrl)] : problems;
    if (wrong.length > 0 || 'problems' in reading) throw unreadable('InvalidQuestion', wrong);
    try {
      const parse = readQuoteExplained;
      const question = { deadlineMs: ANSWER_WITHIN_MS, parse };
      return await this.control.ask(this.subject, reading.question, question);
    } catch (error) {
      throw quoteFailure(error);
    }
  }
}

/** In a URL everything is text. */
function holdOf(written: unknown): unknown {
  if (written === undefined) return USUAL_HOLD_MS;
  return typeof written === 'string' && /^\d{1,12}$/.test(written) ? Number(written) : written;
}

function inUrl({ field, rule }: OrderProblem): OrderProblem {
  return { field: field === 'holdMs' ? 'hold' : field, rule };
}
