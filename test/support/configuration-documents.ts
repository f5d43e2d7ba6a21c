import {
  ConfigurationError,
  type ConfigurationProblem,
} from '../../libs/platform/config/configuration-error';
import { loadConfiguration } from '../../libs/platform/config/load-configuration';
import type { ConfigurationSource } from '../../libs/platform/config/source-document';

/** No setting that can be left out. */
export const least = { connector: { address: 'test.causeway' }, console: { token: 'change-me' } };

/** A peer that dials us, and one that we dial. */
export const alice = {
  id: 'alice',
  socket: 'server',
  token: 'alice-secret',
  authority: 'admin',
  ledger: { prefix: 'test.alice.', currencyCode: 'USD', currencyScale: 9, maxBalance: '1000' },
};
export const bob = {
  id: 'bob',
  socket: 'client',
  uri: 'btp+ws://:bob-secret@127.0.0.1:9002',
  authority: 'shadow',
  ledger: { currencyCode: 'USD', currencyScale: 9 },
};

/** What is wrong with a configuration; nothing if it is loaded. */
export function problemsOf(source: ConfigurationSource): readonly ConfigurationProblem[] {
  try {
    loadConfiguration(source);
    return [];
  } catch (error) {
    if (error instanceof ConfigurationError) return error.problems;
    throw error;
  }
}
