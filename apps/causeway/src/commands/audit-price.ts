import { isTransferId } from '#domain/ledger';
import { EventReader } from '#event-store';
import { ReadingProgress } from '../audit/progress';
import { LedgerBook } from '../pricing/ledger-book';
import { findPayment } from '../pricing/logged-payment';
import { pricedLogLines, priceJson, priceLines } from '../pricing/price-lines';
import { priceLog } from '../pricing/price-log';
import { type PaymentPrice, pricePayment } from '../pricing/price-payment';
import { RatesBook } from '../pricing/rates-book';
import { parseUntil } from '../replay/until';
import type { Shell } from '../shell';
import { withStore, type StoreOptions } from '../store/open-store';
import { tell } from '../tell';

export interface PriceOptions extends StoreOptions {
  readonly transfer?: string;
  readonly all?: boolean;
  readonly ledger?: string;
  readonly since?: string;
  readonly json?: boolean;
}

/** What is to be priced was not said, or cannot be meant so. */
export class PriceQuestionError extends Error {
  override readonly name = 'PriceQuestionError';
}

/** `causeway audit price`: prices payments again, from what the log says of them alone. */
export async function auditPrice(options: PriceOptions, shell: Shell): Promise<void> {
  const { transfer, all = false, since } = options;
  if ((transfer === undefined) !== all) {
    throw new PriceQuestionError('say either --transfer ID or --all');
  }
  if (since !== undefined && !all) throw new PriceQuestionError('--since goes with --all');
  const isRight =
    transfer === undefined
      ? await priceEvery(options, shell)
      : await priceOne(transfer.toLowerCase(), options, shell);
  if (!isRight) process.exitCode = 1;
}

async function priceOne(transferId: string, options: PriceOptions, shell: Shell): Promise<boolean> {
  if (!isTransferId(transferId)) {
    throw new PriceQuestionError(`--transfer: "${transferId}" is no UUID`);
  }
  const price = await withStore(options, shell, async (dataSource) => {
    const reader = new EventReader(dataSource);
    const payment = await findPayment(reader, { transferId, ledgerId: options.ledger });
    return pricePayment(payment, {
      ledgers: new LedgerBook(reader),
      rates: new RatesBook(reader),
    });
  });
  show(price, options, shell);
  return price.verdict !== 'differs';
}

async function priceEvery(options: PriceOptions, shell: Shell): Promise<boolean> {
  const sinceMs = options.since === undefined ? undefined : momentOf(options.since);
  let progress: ReadingProgress | undefined;
  const log = await withStore(options, shell, (dataSource) =>
    priceLog(new EventReader(dataSource), {
      ledger: options.ledger,
      sinceMs,
      onDifference: (price) => {
        progress?.end();
        show(price, options, shell);
        if (options.json !== true) shell.print('');
      },
      onProgress: (events, total) => {
        progress ??= new ReadingProgress(process.stderr, total);
        progress.show(events);
      },
    }),
  );
  progress?.end();
  tell(log, pricedLogLines, { options, shell });
  return log.differing === 0;
}

function show(price: PaymentPrice, options: PriceOptions, shell: Shell): void {
  tell(priceJson(price), () => priceLines(price), { options, shell });
}

function momentOf(since: string): number {
  const until = parseUntil(since, '--since');
  if ('untilMs' in until) return until.untilMs;
  throw new PriceQuestionError(`--since: "${since}" must be an ISO 8601 time with a zone`);
}
