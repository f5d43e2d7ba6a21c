import { Controller, Get, Query } from '@nestjs/common';
import type { QuoteExplained } from '#contracts';
import { QuotesDesk } from './quotes-desk';

/** What payments would bring or cost. */
@Controller('api/quote')
export class QuotesController {
  constructor(private readonly desk: QuotesDesk) {}

  /**
   * `?from=<ledger>&to=<address>`, with `&sourceAmount=` or `&destinationAmount=` or neither, `&unit=base`
   * or `currency`, `&hold=<ms>`: what the peer of the ledger would be answered, and why.
   */
  @Get()
  quote(@Query() query: Readonly<Record<string, unknown>>): Promise<QuoteExplained> {
    return this.desk.quote(query);
  }
}
