import { Controller, Module } from '@nestjs/common';
import { EventPattern } from '@nestjs/microservices';
import { CONTROL, readRatesReply, subjectsOf } from '#contracts';
import { type Configuration, CONFIGURATION } from '#platform';
import { ControlClient } from './control-client';
import { MessagingModule } from './messaging.module';
import { RatesDirectory } from './rates-directory';

const ASK_WITHIN_MS = 2_000;

/** Hears that the rates changed; the announcement says no more, so that a lost one costs only time. */
@Controller()
class RatesChangedController {
  constructor(private readonly directory: RatesDirectory) {}

  @EventPattern(CONTROL.ratesChanged)
  ratesChanged(): void {
    this.directory.refresh();
  }
}

/**
 * Provides the `RatesDirectory` of a service with a control plane. Rates that are not known make
 * nobody unready: a restart would not bring them.
 */
@Module({
  imports: [MessagingModule],
  controllers: [RatesChangedController],
  providers: [
    {
      provide: RatesDirectory,
      inject: [ControlClient, CONFIGURATION],
      useFactory: (control: ControlClient, { connector }: Configuration) => {
        const subject = subjectsOf(connector.slug).ratesCurrent;
        const question = { deadlineMs: ASK_WITHIN_MS, parse: readRatesReply };
        return new RatesDirectory(() => control.ask(subject, {}, question));
      },
    },
  ],
  exports: [RatesDirectory],
})
export class RatesDirectoryModule {}
