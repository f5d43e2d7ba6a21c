import { Controller, Inject } from '@nestjs/common';
import { EventPattern, MessagePattern, Payload } from '@nestjs/microservices';
import { CONTROL, type RatesOrderReply, type RatesReply, readRatesOrder } from '#contracts';
import { ControlRefusal } from '#messaging';
import { RATES_DESK } from './rates-assembly';
import type { RatesDesk } from './rates-desk';

/** What other services and the console ask of the exchange rates. */
@Controller()
export class RatesController {
  constructor(@Inject(RATES_DESK) private readonly desk: RatesDesk) {}

  @MessagePattern(CONTROL.ratesCurrent)
  current(): Promise<RatesReply> {
    return this.desk.current();
  }

  /** @throws ControlRefusal `bad-request` */
  @MessagePattern(CONTROL.ratesSet)
  async set(@Payload() payload: unknown): Promise<RatesOrderReply> {
    const reading = readRatesOrder(payload);
    if ('order' in reading) return this.desk.set(reading.order);
    const rules = reading.problems.map(({ field, rule }) => `${field}: ${rule}`);
    throw new ControlRefusal('bad-request', rules.join('; '));
  }

  /** Another process has put something on record: health and metrics are to say so here as well. */
  @EventPattern(CONTROL.ratesChanged)
  async changed(): Promise<void> {
    await this.desk.current();
  }
}
