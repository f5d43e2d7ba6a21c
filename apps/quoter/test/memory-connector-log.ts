import type { ConnectorLog, ConnectorRange, ConnectorTransaction } from '#event-store';
import type { RecordedEvent } from '#eventsourcing';

type Append = ConnectorLog['append'];
type Decide = Parameters<Append>[0];

/** The connector's stream in memory, with an event of somebody else's between any two of ours. */
export class MemoryConnectorLog implements Pick<ConnectorLog, 'append' | 'look' | 'read'> {
  /** While there is one, whatever is tried fails with it. */
  failure: Error | undefined;
  reads = 0;
  private readonly events: RecordedEvent[] = [];

  /** Of the events so far, without those of others. */
  get types(): string[] {
    return this.events.map(({ type }) => type);
  }

  async append<T>(decide: (...given: Parameters<Decide>) => Promise<Decided<T>>) {
    const version = this.events.length * 2;
    const decided = await decide(this.transaction(version));
    this.fail();
    const placed = decided.events.map((event): RecordedEvent => {
      const at = version + 2;
      const chained = { previousHash: Buffer.alloc(32), hash: Buffer.alloc(32) };
      const nowhere = { ledgerId: '_connector', partition: 64, transferId: null };
      const bare = { packetDigest: null, packet: null };
      return { ...event, ...nowhere, ...bare, ...chained, version: at, position: at };
    });
    this.events.push(...placed);
    return { result: decided.result, events: placed, version: this.events.length * 2 };
  }

  look<T>(work: (transaction: ConnectorTransaction) => Promise<T>): Promise<T> {
    return work(this.transaction(this.events.length * 2));
  }

  read(range: ConnectorRange = {}): Promise<readonly RecordedEvent[]> {
    const { afterVersion = 0, types, by, newestFirst = false, limit } = range;
    this.reads += 1;
    this.fail();
    const found = this.events.filter(
      ({ version, type, payload }) =>
        version > afterVersion &&
        (types?.includes(type) ?? true) &&
        (by === undefined || (JSON.parse(payload) as { by: string }).by === by),
    );
    return Promise.resolve((newestFirst ? found.reverse() : found).slice(0, limit));
  }

  private transaction(version: number): ConnectorTransaction {
    const unused = (): never => {
      throw new Error('rates stand in the log alone');
    };
    return { version, read: (range) => this.read(range), rows: unused, execute: unused };
  }

  private fail(): void {
    if (this.failure !== undefined) throw this.failure;
  }
}

interface Decided<T> {
  readonly events: Awaited<ReturnType<Decide>>['events'];
  readonly result: T;
}
