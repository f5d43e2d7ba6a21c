import { Controller } from '@nestjs/common';
import { MessagePattern, Payload } from '@nestjs/microservices';
import {
  CONTROL,
  type PriceReply,
  QUOTE_REFUSAL,
  type QuoteExplained,
  readPriceQuestion,
  readQuoteQuestion,
} from '#contracts';
import { ControlRefusal } from '#messaging';
import { ExplainDesk } from './explain-desk';
import { PriceDesk } from './price-desk';

/** What operators ask of prices, by the console. */
@Controller()
export class OperatorQuotesController {
  constructor(
    private readonly explaining: ExplainDesk,
    private readonly pricing: PriceDesk,
  ) {}

  @MessagePattern(CONTROL.quoterExplain)
  explain(@Payload() asked: unknown): Promise<QuoteExplained> {
    return this.explaining.explain(questionIn(readQuoteQuestion(asked)));
  }

  @MessagePattern(CONTROL.quoterPrice)
  price(@Payload() asked: unknown): Promise<PriceReply> {
    return this.pricing.price(questionIn(readPriceQuestion(asked)));
  }
}

/** @throws ControlRefusal that names every member that is wrong */
function questionIn<T>(
  reading:
    | { readonly question: T }
    | { readonly problems: readonly { readonly field: string; readonly rule: string }[] },
): T {
  if ('question' in reading) return reading.question;
  const rules = reading.problems.map(({ field, rule }) => `${field}: ${rule}`);
  throw new ControlRefusal(QUOTE_REFUSAL.badQuestion, rules.join('; '));
}
