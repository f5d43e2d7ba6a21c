import { Body, Controller, Get, Put } from '@nestjs/common';
import type { RatesReply } from '#contracts';
import { type ObeyedRatesOrder, RatesDesk } from './rates-desk';
import { Asking, type Operator } from './token.guard';

/** What currencies are worth, and what an operator says that they are worth. */
@Controller('api/rates')
export class RatesController {
  constructor(private readonly desk: RatesDesk) {}

  @Get()
  current(): Promise<RatesReply> {
    return this.desk.current();
  }

  /**
   * `{ rates: { USD: "1.0592", XYZ: null } }`: units for one of the base; null = no longer known,
   * what is not named stays. An event with the operator's name, or a refusal.
   */
  @Put()
  set(@Body() body: unknown, @Asking() operator: Operator): Promise<ObeyedRatesOrder> {
    return this.desk.set(body, operator);
  }
}
