import { AckPolicy } from 'nats';
import { BusConnection } from '#messaging';
import { readRunningConnector } from '../../apps/causeway/src/supervisor/run-files';
import { type CloudEvent, cloudEvent } from './console-api';

/** Every event that is on JetStream under a subject, oldest first: `causeway.events.<connector>.<ledger>.*` */
export async function streamedEvents(dataDir: string, subject: string): Promise<CloudEvent[]> {
  const natsUrl = readRunningConnector(dataDir)?.natsUrl ?? '';
  const bus = await BusConnection.connect({ url: natsUrl, name: 'reads-a-stream' });
  try {
    const { streams, consumers } = await bus.nats.jetstreamManager();
    const stream = await streams.find(subject);
    const wanted = { filter_subject: subject, ack_policy: AckPolicy.None };
    const { name, num_pending: count } = await consumers.add(stream, wanted);
    const events: CloudEvent[] = [];
    if (count === 0) return events;
    const consumer = await bus.nats.jetstream().consumers.get(stream, name);
    for await (const message of await consumer.fetch({ max_messages: count })) {
      events.push(cloudEvent.parse(message.json()));
    }
    return events;
  } finally {
    await bus.drain();
  }
}
