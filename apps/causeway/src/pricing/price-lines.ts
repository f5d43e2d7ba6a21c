import type { Fraction } from '#domain/rates';
import { inCurrency } from '#domain/ledger';
import type { OpenedLedger } from './ledger-book';
import type { PricedLog } from './price-log';
import type { NotPriced, PaymentPrice, PriceDifference, Reckoning } from './price-payment';

const REASONS: Readonly<Record<NotPriced | PriceDifference, string>> = {
  refused: 'we refused it, so nothing went on',
  'before-prices': 'it was planned before prices were put on record',
  received: 'it ends with us',
  sent: 'it begins with us',
  amount: 'another amount was forwarded than is due',
  shortfall: 'the exchange brought less than was forwarded, beyond the tolerance',
  'no-price': 'the terms on record have no meaning',
  'unknown-rates': 'no event of the log put rates of that version in force',
  'rates-not-in-force': 'the rates of that version were not in force then',
  'missing-currency': 'the rates of that version do not know one of the currencies',
  'outgoing-amount': 'the outgoing transfer is of another amount than the plan',
  'relayed-amount': 'what went out is not what came in, and we are the validator',
  'no-incoming': 'the incoming transfer that it was made for is not in the log',
  'unknown-ledger': 'the log does not say what the outgoing ledger is',
};

/** Decimal places of a rate that does not end before. */
const DECIMALS = 30;

/** For people: one thing per line. */
export function priceLines(price: PaymentPrice): string[] {
  const { incoming, outgoing, plan, reckoning, isRelayed } = price;
  return [
    ...legLine('came in', incoming),
    ...(outgoing === undefined && plan !== undefined
      ? [
          line(
            'went out',
            `nothing; ${units(plan.amount, plan.ledger)} was to, on ${plan.ledgerId}`,
          ),
        ]
      : legLine('went out', outgoing)),
    ...(isRelayed ? [line('relayed', 'as it came: we are the validator of both ledgers')] : []),
    ...(reckoning === undefined ? [] : reckoningLines(price, reckoning)),
    line('verdict', verdictText(price)),
  ];
}

function line(name: string, text: string): string {
  return `${name.padEnd(10)} ${text}`;
}

function legLine(name: string, leg: PaymentPrice['incoming']): string[] {
  if (leg === undefined) return [];
  const { ledgerId, transferId, preparedAtMs, status, event, ledger } = leg;
  const amount = units(event.amount, ledger);
  return [line(name, `${ledgerId}  ${transferId}  ${amount}  ${iso(preparedAtMs)}  ${status}`)];
}

/** `1.00 USD (100)`: in the currency, and in base units. */
function units(amount: bigint, { currencyCode, currencyScale }: OpenedLedger): string {
  return `${inCurrency(amount.toString(), currencyScale)} ${currencyCode} (${String(amount)})`;
}

function reckoningLines({ incoming, plan }: PaymentPrice, reckoning: Reckoning): string[] {
  if (incoming === undefined || plan === undefined) return [];
  const { pricing, rates, rate, asked, forwarded, brought, surplus } = reckoning;
  const { fee, maxIn, maxOut, spreadPpm, slippagePpm } = pricing;
  const out = (amount: bigint): string => units(amount, plan.ledger);
  const currencies = `${plan.ledger.currencyCode} for one ${incoming.ledger.currencyCode}`;
  return [
    line('rates', ratesText(rates)),
    line('rate', `${fractionText(rate)} ${currencies}`),
    line('spread', `${spreadPpm} ppm`),
    line('fee', fee === undefined ? 'none' : units(fee, incoming.ledger)),
    ...(maxIn === undefined
      ? []
      : [line('cut short by', `${units(maxIn, incoming.ledger)} room to come in`)]),
    ...(maxOut === undefined ? [] : [line('cut short by', `${out(maxOut)} room to go out`)]),
    line('brings', out(brought)),
    line('asked', askedText(asked, out)),
    line('forwarded', out(forwarded)),
    line('kept', `${out(surplus)}, beside spread and fee`),
    ...(slippagePpm === undefined ? [] : [line('tolerance', `${slippagePpm} ppm`)]),
  ];
}

function ratesText(rates: Reckoning['rates']): string {
  if (rates === undefined) return 'one for one';
  const { version, sheet, by, recordedAtMs } = rates;
  const of = sheet.publishedAt === undefined ? '' : ` of ${sheet.publishedAt}`;
  return `version ${version}${of}, ${sheet.source}, in force from ${iso(recordedAtMs)} by ${by}`;
}

function fractionText(rate: Fraction): string {
  const { numerator, denominator } = rate;
  const decimal = decimalOf(rate);
  return denominator === 1n ? decimal : `${String(numerator)}/${String(denominator)} = ${decimal}`;
}

/** Exactly, or as far as DECIMALS places go, with dots. */
export function decimalOf({ numerator, denominator }: Fraction): string {
  const shifted = numerator * 10n ** BigInt(DECIMALS);
  const digits = inCurrency((shifted / denominator).toString(), DECIMALS);
  if (shifted % denominator !== 0n) return `${digits}…`;
  return digits.replace(/\.?0+$/, '');
}

function askedText(asked: Reckoning['asked'], out: (amount: bigint) => string): string {
  if (asked === undefined) return 'for no amount in particular';
  return asked === 'pruned' ? 'not known any more: the packet was pruned' : out(asked);
}

function verdictText({ verdict, reason }: PaymentPrice): string {
  if (reason === undefined) return verdict;
  return `${verdict === 'differs' ? 'DIFFERS' : 'nothing to price'}: ${REASONS[reason]}`;
}

/** For programs: amounts as decimal text of base units. */
export function priceJson(price: PaymentPrice): object {
  const { incoming, outgoing, reckoning, isRelayed, verdict, reason = null } = price;
  return {
    verdict,
    reason,
    relayed: isRelayed,
    incoming: legJson(incoming),
    outgoing: legJson(outgoing),
    pricing: reckoning === undefined ? null : reckoningJson(reckoning),
  };
}

function legJson(leg: PaymentPrice['incoming']): object | null {
  if (leg === undefined) return null;
  return {
    ledger: leg.ledgerId,
    transfer: leg.transferId,
    amount: leg.event.amount.toString(),
    currency: leg.ledger.currencyCode,
    scale: leg.ledger.currencyScale,
    preparedAt: iso(leg.preparedAtMs),
    status: leg.status,
  };
}

function reckoningJson({ pricing, rates, rate, asked, ...reckoning }: Reckoning): object {
  const { pays, ratesVersion = null, spreadPpm, fee = 0n, maxIn, maxOut } = pricing;
  return {
    pays,
    ratesVersion,
    rates: rates === undefined ? null : ratesJson(rates),
    rate: { numerator: rate.numerator.toString(), denominator: rate.denominator.toString() },
    spreadPpm,
    fee: fee.toString(),
    maxIn: maxIn?.toString() ?? null,
    maxOut: maxOut?.toString() ?? null,
    slippagePpm: pricing.slippagePpm ?? null,
    brings: reckoning.brought.toString(),
    asked: typeof asked === 'bigint' ? asked.toString() : null,
    isPacketPruned: asked === 'pruned',
    due: reckoning.due.toString(),
    forwarded: reckoning.forwarded.toString(),
    kept: reckoning.surplus.toString(),
  };
}

function ratesJson({ sheet, by, recordedAtMs }: NonNullable<Reckoning['rates']>): object {
  return {
    source: sheet.source,
    publishedAt: sheet.publishedAt ?? null,
    fetchedAt: iso(sheet.fetchedAtMs),
    inForceFrom: iso(recordedAtMs),
    by,
  };
}

/** What came of pricing them all. */
export function pricedLogLines(log: PricedLog): string[] {
  const { events, priced, differing, relayed, notPriced } = log;
  const others = Object.entries(notPriced).filter(([, count]) => count > 0);
  return [
    `${events} events read`,
    `${priced} payments priced again, ${relayed} relayed as they came: ` +
      (differing === 0 ? 'all as they were forwarded' : `${differing} DIFFER`),
    ...others.map(([reason, count]) => `${count} not priced: ${REASONS[reason as NotPriced]}`),
  ];
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
