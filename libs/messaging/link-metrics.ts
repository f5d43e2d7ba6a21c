import { Counter, type Registry } from 'prom-client';
import type { LinkCounters } from './batched-link';

const MEANING: Readonly<Record<keyof LinkCounters, string>> = {
  sentBatches: 'NATS messages sent on the hot link',
  sentEntries: 'Entries sent on the hot link',
  sentBytes: 'Bytes sent on the hot link',
  receivedBatches: 'NATS messages received on the hot link',
  receivedEntries: 'Entries received on the hot link',
  receivedBytes: 'Bytes received on the hot link',
  droppedEntries: 'Entries that could not be sent',
  malformedBatches: 'NATS messages on the hot link that were no batch',
  handlerFaults: 'Entries whose handler threw',
};

/** The counters are plain numbers, for the hot path's sake; they are read when somebody asks. */
export function registerLinkMetrics(counters: Readonly<LinkCounters>, registry: Registry): void {
  for (const key of Object.keys(MEANING) as (keyof LinkCounters)[]) {
    new Counter({
      name: `causeway_link_${key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)}_total`,
      help: MEANING[key],
      registers: [registry],
      collect() {
        this.reset();
        this.inc(counters[key]);
      },
    });
  }
}
