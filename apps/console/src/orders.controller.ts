import { Body, Controller, HttpCode, HttpStatus, Param, Post } from '@nestjs/common';
import { OrderDesk, type ObeyedOrder } from './order-desk';
import { Asking, type Operator } from './token.guard';

/** What an operator changes at run time. Each order is an event with his name, or a refusal. */
@Controller('api/ledgers/:ledger')
export class OrdersController {
  constructor(private readonly desk: OrderDesk) {}

  /** `{ maxBalance?, minBalance? }`; null = no limit, left out = as it is. */
  @Post('limits')
  @HttpCode(HttpStatus.OK)
  limits(
    @Param('ledger') ledger: string,
    @Body() body: unknown,
    @Asking() operator: Operator,
  ): Promise<ObeyedOrder> {
    return this.desk.give('change-limits', { ledger, body, operator });
  }

  /** `{ low?, high?, settleTo? }`; null = none, left out = as it is. */
  @Post('thresholds')
  @HttpCode(HttpStatus.OK)
  thresholds(
    @Param('ledger') ledger: string,
    @Body() body: unknown,
    @Asking() operator: Operator,
  ): Promise<ObeyedOrder> {
    return this.desk.give('change-thresholds', { ledger, body, operator });
  }

  /** `{ reason }` */
  @Post('pause')
  @HttpCode(HttpStatus.OK)
  pause(
    @Param('ledger') ledger: string,
    @Body() body: unknown,
    @Asking() operator: Operator,
  ): Promise<ObeyedOrder> {
    return this.desk.give('pause', { ledger, body, operator });
  }

  /** `{ reason }` */
  @Post('resume')
  @HttpCode(HttpStatus.OK)
  resume(
    @Param('ledger') ledger: string,
    @Body() body: unknown,
    @Asking() operator: Operator,
  ): Promise<ObeyedOrder> {
    return this.desk.give('resume', { ledger, body, operator });
  }

  /** `{ reason }` */
  @Post('drain')
  @HttpCode(HttpStatus.OK)
  drain(
    @Param('ledger') ledger: string,
    @Body() body: unknown,
    @Asking() operator: Operator,
  ): Promise<ObeyedOrder> {
    return this.desk.give('drain', { ledger, body, operator });
  }

  /** `{ reason, balance? }`: the balance that is left unsettled, unless it is 0. */
  @Post('close')
  @HttpCode(HttpStatus.OK)
  close(
    @Param('ledger') ledger: string,
    @Body() body: unknown,
    @Asking() operator: Operator,
  ): Promise<ObeyedOrder> {
    return this.desk.give('close', { ledger, body, operator });
  }

  /** `{ reference, direction, amount }` */
  @Post('settlements')
  @HttpCode(HttpStatus.OK)
  settle(
    @Param('ledger') ledger: string,
    @Body() body: unknown,
    @Asking() operator: Operator,
  ): Promise<ObeyedOrder> {
    return this.desk.give('settle', { ledger, body, operator });
  }

  /** `{ reference, reason }`: the reference of the reversal itself. */
  @Post('settlements/:reference/reversal')
  @HttpCode(HttpStatus.OK)
  reverse(
    @Param() { ledger, reference }: { readonly ledger: string; readonly reference: string },
    @Body() body: unknown,
    @Asking() operator: Operator,
  ): Promise<ObeyedOrder> {
    const named = { reverses: reference };
    return this.desk.give('reverse-settlement', { ledger, body, operator, named });
  }

  /** `{ theirs, note }`: the figure that is adopted, as the operator has read it. */
  @Post('reconciliation')
  @HttpCode(HttpStatus.OK)
  reconcile(
    @Param('ledger') ledger: string,
    @Body() body: unknown,
    @Asking() operator: Operator,
  ): Promise<ObeyedOrder> {
    return this.desk.give('reconcile', { ledger, body, operator });
  }
}
