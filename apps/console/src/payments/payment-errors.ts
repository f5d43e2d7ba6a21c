import { type HttpException, HttpStatus } from '@nestjs/common';
import { QUOTE_REFUSAL } from '#contracts';
import { BusClosedError, DeadlineExceededError, NoResponderError, RemoteError } from '#messaging';
import { failure } from '../failure';

export function unknownPayment(id: string): HttpException {
  const message = `there is no payment ${id} that somebody ordered`;
  return failure(HttpStatus.NOT_FOUND, { kind: 'PaymentNotFound', message });
}

/** The id was used for something else, be it on another ledger. */
export function usedId(id: string, ledger: string): HttpException {
  const message = `id: ${id} was used for something else, on ledger ${ledger}`;
  const broken = { field: 'id', rule: 'already-used' };
  return failure(HttpStatus.CONFLICT, { kind: 'DuplicateId', message, ...broken });
}

export function tooExpensive(most: bigint, asked: string): HttpException {
  const message = `maxSourceAmount: ${most} is less than the payment costs, ${asked}`;
  const broken = { field: 'maxSourceAmount', rule: 'must-not-be-exceeded' };
  return failure(HttpStatus.CONFLICT, { kind: 'TooExpensive', message, ...broken });
}

/** What a quoter refuses, and where it cannot be asked: 503, nothing has happened. */
export function quoteFailure(error: unknown): unknown {
  if (error instanceof NoResponderError) return unavailable('no quoter runs');
  if (error instanceof DeadlineExceededError) return unavailable('no quoter answers in time');
  if (error instanceof BusClosedError) return unavailable(error.message);
  if (!(error instanceof RemoteError)) return error;
  const { code, reason: message } = error;
  switch (code) {
    case QUOTE_REFUSAL.unknownLedger:
      return failure(HttpStatus.NOT_FOUND, { kind: 'LedgerNotFound', message });
    case QUOTE_REFUSAL.relayed:
      return conflict('LedgerRelayed', ['from', 'must-be-ours'], message);
    case QUOTE_REFUSAL.notConnected:
      return conflict('NoSession', ['from', 'must-be-connected'], message);
    case QUOTE_REFUSAL.ownAddress:
      return conflict('OwnAddress', ['to', 'must-not-be-ours'], message);
    case QUOTE_REFUSAL.noPrice:
      return conflict('NoPrice', ['to', 'must-have-a-price'], message);
    default:
      return unavailable(message);
  }
}

function conflict(
  kind: string,
  [field, rule]: readonly [string, string],
  why: string,
): HttpException {
  const message = `${field}: ${why}`;
  return failure(HttpStatus.CONFLICT, { kind, message, field, rule });
}

function unavailable(why: string): HttpException {
  const message = `no quoter can be asked now, nothing has happened: ${why}`;
  return failure(HttpStatus.SERVICE_UNAVAILABLE, { kind: 'QuotesUnavailable', message });
}
