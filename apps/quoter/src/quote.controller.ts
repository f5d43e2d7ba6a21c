import { Controller, Logger } from '@nestjs/common';
import { MessagePattern, Payload } from '@nestjs/microservices';
import { z } from 'zod';
import { CONTROL, type QuoteReply, type QuoteRequest } from '#contracts';
import { ControlRefusal } from '#messaging';
import { QuoteDesk } from './quote-desk';
import { QuoteMetrics } from './quote-metrics';

const quoteRequest = z.object({ ledgerId: z.string(), packet: z.base64() });

/** What peers ask through their gateways. Every question of a peer gets an ILP packet for answer. */
@Controller()
export class QuoteController {
  private readonly logger = new Logger(QuoteController.name);

  constructor(
    private readonly desk: QuoteDesk,
    private readonly metrics: QuoteMetrics,
  ) {}

  @MessagePattern(CONTROL.quoterAsk)
  async ask(@Payload() payload: unknown): Promise<QuoteReply> {
    const { ledgerId, packet } = readQuoteRequest(payload);
    const answer = await this.desk.answer(ledgerId, Buffer.from(packet, 'base64'));
    const { outcome, ratesVersion } = answer;
    this.metrics.count(outcome, ratesVersion);
    this.logger.debug(`quote on ${ledgerId}: ${outcome}, ${atRates(ratesVersion)}`);
    return { packet: answer.packet.toString('base64'), ratesVersion: ratesVersion ?? null };
  }
}

function atRates(version: number | undefined): string {
  return version === undefined ? 'without exchange rates' : `at exchange rates ${version}`;
}

/** @throws ControlRefusal `bad-request` */
function readQuoteRequest(payload: unknown): QuoteRequest {
  const read = quoteRequest.safeParse(payload);
  if (!read.success) throw new ControlRefusal('bad-request', z.prettifyError(read.error));
  return read.data;
}
