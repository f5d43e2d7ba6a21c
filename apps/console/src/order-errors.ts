import { type HttpException, HttpStatus } from '@nestjs/common';
import type { OrderProblem, OrderRefused, RatesOrderReply } from '#contracts';
import { failure, unreadable } from './failure';

/** 422: the order cannot be read; names each field and its rule. */
export function unreadableOrder(problems: readonly OrderProblem[]): HttpException {
  return unreadable('InvalidOrder', problems);
}

/** 404 for a ledger that there is not, else 409: the ledger was asked and says no. */
export function refusedOrder({ figures, field, rule, ...error }: OrderRefused): HttpException {
  const status = error.kind === 'LedgerNotFound' ? HttpStatus.NOT_FOUND : HttpStatus.CONFLICT;
  return failure(status, {
    ...error,
    ...(field === null ? {} : { field }),
    ...(rule === null ? {} : { rule }),
    ...figures,
  });
}

export function unknownLedger(ledger: string): HttpException {
  const message = `there is no ledger ${ledger}`;
  return failure(HttpStatus.NOT_FOUND, { kind: 'LedgerNotFound', message });
}

/** 503: nothing has happened. */
export function ledgerUnavailable(why: string): HttpException {
  const message = `the ledger cannot take orders now, nothing has happened: ${why}`;
  return failure(HttpStatus.SERVICE_UNAVAILABLE, { kind: 'LedgerUnavailable', message });
}

/** 504: nobody knows whether it has happened, and giving the order again finds out. */
export function noAnswer(withinMs: number, who: string): HttpException {
  const message =
    `no answer from ${who} within ${withinMs} ms; the order may have been recorded, ` +
    'and giving it again does no harm';
  return failure(HttpStatus.GATEWAY_TIMEOUT, { kind: 'NoAnswer', message });
}

type RatesRefusal = Extract<RatesOrderReply, { readonly outcome: 'refused' }>['refusal'];

/** 422 for a rate that is none, 409 where there is no table to change. */
export function ratesRefused({ kind, message, field, rule }: RatesRefusal): HttpException {
  if (kind === 'NoRateTable') return failure(HttpStatus.CONFLICT, { kind, message });
  const problems = field === null || rule === null ? [] : [{ field, rule }];
  return failure(HttpStatus.UNPROCESSABLE_ENTITY, { kind: 'InvalidOrder', message, problems });
}

/** 503: nothing has happened. */
export function ratesUnavailable(why: string): HttpException {
  const message = `the rates cannot be asked for or changed now, nothing has happened: ${why}`;
  return failure(HttpStatus.SERVICE_UNAVAILABLE, { kind: 'RatesUnavailable', message });
}
