import {
  BadRequestException,
  Body,
  Controller,
  Get,
  HttpCode,
  HttpStatus,
  Param,
  Post,
  Query,
} from '@nestjs/common';
import { isTransferId } from '#domain/ledger';
import { Asking, type Operator } from '../token.guard';
import type { PaymentView } from './payment-view';
import { type OrderedAnswer, PaymentsDesk } from './payments-desk';

/** As long as one request may wait for the end of a payment. */
const MAX_WAIT_MS = 10_000;

/** Payments of our own, as trials of a peering. */
@Controller('api/payments')
export class PaymentsController {
  constructor(private readonly desk: PaymentsDesk) {}

  /**
   * `{ from, to, sourceAmount | destinationAmount, condition, id?, unit?, maxSourceAmount?, data?,
   * expiresInMs?, memo? }`: 202 once it is on record; what becomes of it is asked for by its id.
   */
  @Post()
  @HttpCode(HttpStatus.ACCEPTED)
  order(@Body() body: unknown, @Asking() operator: Operator): Promise<OrderedAnswer> {
    return this.desk.order(body, operator);
  }

  /** `?waitMs=`: answered when the payment is final, at the latest after so long. */
  @Get(':id')
  async one(
    @Param('id') id: string,
    @Query('waitMs') waitMs?: string,
  ): Promise<{ readonly payment: PaymentView }> {
    if (!isTransferId(id)) throw new BadRequestException('id must be a UUID in small letters');
    return { payment: await this.desk.find(id, waitTime(waitMs)) };
  }
}

/** @throws BadRequestException */
function waitTime(text = '0'): number {
  const ms = /^\d{1,5}$/.test(text) ? Number(text) : Infinity;
  if (ms <= MAX_WAIT_MS) return ms;
  throw new BadRequestException(`waitMs must be an integer from 0 to ${MAX_WAIT_MS}`);
}
