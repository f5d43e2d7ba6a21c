import { HttpException, HttpStatus } from '@nestjs/common';
import type { OrderProblem } from '#contracts';

/** Why something was not done or not told. */
export interface Failure {
  readonly kind: string;
  readonly message: string;
  /** What is wrong, and by which rule, as far as that can be named. */
  readonly field?: string;
  readonly rule?: string;
  /** Of an order or a question that cannot be read. */
  readonly problems?: readonly OrderProblem[];
}

/** Answered with `{ error: { kind, message, … } }`. */
export function failure(status: HttpStatus, error: Failure): HttpException {
  return new HttpException({ error }, status);
}

/** 422: it cannot be read; names each field and its rule. */
export function unreadable(
  kind: 'InvalidOrder' | 'InvalidQuestion',
  problems: readonly OrderProblem[],
): HttpException {
  const message = problems.map(({ field, rule }) => `${field}: ${rule}`).join('; ');
  return failure(HttpStatus.UNPROCESSABLE_ENTITY, { kind, message, problems });
}
