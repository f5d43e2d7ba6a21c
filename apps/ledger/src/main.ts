import 'reflect-metadata';
import { controlSubject } from '#contracts';
import { withControlPlane } from '#messaging';
import { runService } from '#platform';
import { LedgerModule } from './ledger.module';

void runService({
  name: 'ledger',
  module: LedgerModule,
  create: withControlPlane((scope) => ({
    queue: 'ledger',
    subjectOf: (pattern) => controlSubject(scope, pattern),
  })),
});
