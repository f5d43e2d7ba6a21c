import { Logger, type OnApplicationBootstrap } from '@nestjs/common';
import {
  decodePeerQuoteQuestion,
  encodePeerQuoteAnswer,
  type PeerQuoteQuestion,
  type Subjects,
} from '#contracts';
import type { BatchedLink } from '#messaging';
import type { ShutdownSequence } from '#platform';
import type { QuoteDesk } from './quote-desk';
import type { QuoteMetrics } from './quote-metrics';

/** Of all quoters one answers a question. */
const QUEUE = 'quoter';

/** What peers ask through their gateways. Every question of a peer gets an ILP packet for answer. */
export class QuoteListener implements OnApplicationBootstrap {
  private readonly logger = new Logger(QuoteListener.name);
  /** Whoever waits for long asks again. */
  private readonly underWay = new Set<string>();

  constructor(
    private readonly link: BatchedLink,
    private readonly desk: Pick<QuoteDesk, 'answer'>,
    private readonly metrics: QuoteMetrics,
    private readonly wiring: {
      readonly subjects: Pick<Subjects, 'quoterQuestions' | 'gatewayQuotes'>;
      readonly shutdown: ShutdownSequence;
    },
  ) {}

  onApplicationBootstrap(): void {
    const { subjects, shutdown } = this.wiring;
    const listening = this.link.listen(subjects.quoterQuestions, { queue: QUEUE }, (entry) => {
      this.receive(decodePeerQuoteQuestion(entry));
    });
    shutdown.add('stop-accepting', 'questions', () => listening.stop());
    shutdown.add('flush', 'quotes', () => {
      this.link.flush();
      return Promise.resolve();
    });
  }

  private receive(question: PeerQuoteQuestion): void {
    const { gatewayId, reference } = question.replyTo;
    const key = `${gatewayId} ${reference}`;
    if (this.underWay.has(key)) return;
    this.underWay.add(key);
    this.answer(question)
      .catch((error: unknown) => {
        this.logger.error(`a quote could not be made: ${String(error)}`);
      })
      .finally(() => {
        this.underWay.delete(key);
      });
  }

  private async answer({ replyTo, ledgerId, packet: question }: PeerQuoteQuestion): Promise<void> {
    const { packet, outcome, ratesVersion } = await this.desk.answer(ledgerId, question);
    this.metrics.count(outcome, ratesVersion);
    this.logger.debug(`quote on ${ledgerId}: ${outcome}, ${atRates(ratesVersion)}`);
    const entry = encodePeerQuoteAnswer({ reference: replyTo.reference, packet });
    this.link.send(this.wiring.subjects.gatewayQuotes(replyTo.gatewayId), entry);
  }
}

function atRates(version: number | undefined): string {
  return version === undefined ? 'without exchange rates' : `at exchange rates ${version}`;
}
