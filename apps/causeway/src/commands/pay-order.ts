import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { conditionOf, FULFILLMENT_SIZE, toBase64Url } from '#protocol';
import { z } from 'zod';
import { type ConsoleClient, ConsoleUnreachableError } from '../console-client';
import type { Shell } from '../shell';
import { tell } from '../tell';
import { type Line, labelled } from './ledger-lines';
import { atConsole, type OrderOptions } from './ledger-order';

export interface PayOptions extends OrderOptions {
  readonly from: string;
  readonly to: string;
  readonly sourceAmount?: string;
  readonly destinationAmount?: string;
  readonly maxSourceAmount?: string;
  readonly unit: string;
  readonly fulfillment: string;
  readonly packetData?: string;
  readonly expiresIn?: number;
  readonly memo?: string;
  readonly id?: string;
}

/** The fulfillment on the command line is none. */
export class InvalidFulfillmentError extends Error {
  override readonly name = 'InvalidFulfillmentError';
}

const payment = z.object({
  id: z.string(),
  from: z.string(),
  to: z.string().nullable(),
  sourceAmount: z.string(),
  destinationAmount: z.string().nullable(),
  pricedBy: z.string(),
  by: z.string(),
  memo: z.string().nullable(),
  orderedAt: z.string(),
  expiresAt: z.string(),
  status: z.string(),
  isFinal: z.boolean(),
  finishedAt: z.string().nullable(),
  fulfillment: z.string().nullable(),
  fulfillmentData: z.string().nullable(),
  rejection: z
    .object({
      code: z.string(),
      name: z.string(),
      message: z.string(),
      triggeredBy: z.string(),
      forwardedBy: z.array(z.string()),
    })
    .nullable(),
});

type Payment = z.infer<typeof payment>;

const ordered = z.object({ outcome: z.string(), payment, instead: z.string().nullable() });
const found = z.object({ payment });

const EXIT_NOT_PAID = 1;
const EXIT_UNKNOWN = 2;
/** As long as one question to the console may wait. */
const WAIT_MS = 5_000;
const ASK_AGAIN_MS = 500;
/** A ledger that another decides waits for its word past the expiry, and services may be restarting. */
const PATIENCE_MS = 60_000;
const HEX = /^[0-9a-fA-F]{64}$/;
const BASE64URL = /^[A-Za-z0-9_-]{43}=?$/;

/**
 * `causeway pay`. Exit codes: 0 fulfilled, 1 rejected, expired or refused, 2 nobody can tell now: then
 * `causeway payment <id>` tells later, and the same command with that `--id` pays no second time.
 * @throws InvalidFulfillmentError
 */
export function pay(options: PayOptions, shell: Shell): Promise<void> {
  const condition = conditionOf(fulfillmentIn(options.fulfillment));
  const id = options.id ?? randomUUID();
  return atConsole(options, shell, async (client) => {
    shell.note(`payment ${id}`);
    const answer = await client.post(['payments'], orderOf(options, id, condition));
    const { outcome, instead, payment: begun } = ordered.parse(answer);
    if (outcome === 'repeated') shell.note('this was ordered before: nothing more is paid');
    if (instead !== null) shell.note(`the price is not a quote: ${instead}`);
    conclude(await theEnd(client, begun), options, shell);
  });
}

/** `causeway payment`. Exit codes as of `pay`. */
export function showPayment(id: string, options: OrderOptions, shell: Shell): Promise<void> {
  return atConsole(options, shell, async (client) => {
    conclude(await ask(client, id, 0), options, shell);
  });
}

function orderOf(options: PayOptions, id: string, condition: Buffer): object {
  const { from, to, sourceAmount, destinationAmount, maxSourceAmount, unit } = options;
  const { packetData: data, expiresIn: expiresInMs, memo, by } = options;
  const amounts = { sourceAmount, destinationAmount, maxSourceAmount, unit };
  // What is undefined is left out of the JSON.
  return {
    ...{ id, from, to, data, expiresInMs, memo, by },
    ...amounts,
    condition: toBase64Url(condition),
  };
}

/** @throws InvalidFulfillmentError; nothing of it is repeated */
function fulfillmentIn(text: string): Buffer {
  if (HEX.test(text)) return Buffer.from(text, 'hex');
  if (BASE64URL.test(text)) return Buffer.from(text, 'base64url');
  throw new InvalidFulfillmentError(
    `--fulfillment: must be ${FULFILLMENT_SIZE} bytes, 64 digits of hex or 43 of base64url`,
  );
}

/** Asks until the payment is final, whatever stops running meanwhile. */
async function theEnd(client: ConsoleClient, begun: Payment): Promise<Payment> {
  const untilMs = Date.parse(begun.expiresAt) + PATIENCE_MS;
  let latest = begun;
  while (!latest.isFinal && Date.now() < untilMs) {
    try {
      latest = await ask(client, begun.id, WAIT_MS);
    } catch (error) {
      if (!(error instanceof ConsoleUnreachableError)) throw error;
      await sleep(ASK_AGAIN_MS);
    }
  }
  return latest;
}

async function ask(client: ConsoleClient, id: string, waitMs: number): Promise<Payment> {
  const answer = await client.get(['payments', id], { waitMs: String(waitMs) });
  return found.parse(answer).payment;
}

function conclude(ended: Payment, options: OrderOptions, shell: Shell): void {
  tell(ended, paymentLines, { options, shell });
  if (ended.status === 'fulfilled') return;
  process.exitCode = ended.isFinal ? EXIT_NOT_PAID : EXIT_UNKNOWN;
}

const PRICES: Readonly<Record<string, string>> = {
  'same-ledger': 'the address lies on the ledger itself',
  quote: 'as the peer quoted it',
  routes: 'as the peer told us of its routes',
};

function paymentLines(ended: Payment): string[] {
  const { id, from, to, sourceAmount, destinationAmount, pricedBy, rejection } = ended;
  const arrives = destinationAmount === null ? '' : `, ${destinationAmount} to arrive`;
  return labelled([
    ['payment', `${id}, ${ended.status}${ended.isFinal ? '' : ', not final yet'}`],
    ['from', `${from}, ${sourceAmount} base units${arrives} (${PRICES[pricedBy] ?? pricedBy})`],
    ['to', to ?? 'no longer kept'],
    ['ordered', `${ended.orderedAt} by ${ended.by}${ended.memo === null ? '' : `: ${ended.memo}`}`],
    [ended.isFinal ? 'ended' : 'expires', ended.finishedAt ?? ended.expiresAt],
    ...(ended.fulfillment === null ? [] : [['fulfillment', ended.fulfillment] as const]),
    ...(ended.fulfillmentData === null ? [] : [['data', ended.fulfillmentData] as const]),
    ...rejectionLines(rejection),
  ]);
}

function rejectionLines(rejection: Payment['rejection']): Line[] {
  if (rejection === null) return [];
  const { code, name, message, triggeredBy, forwardedBy } = rejection;
  const lines: Line[] = [
    ['error', `${code} ${name}: ${message}`],
    ['raised by', triggeredBy],
  ];
  if (forwardedBy.length > 0) lines.push(['relayed by', forwardedBy.join(', ')]);
  return lines;
}
