import { type KeyValue, type KeyValueListener, RevisionConflictError } from '#messaging';

interface Entry {
  readonly value: Buffer | undefined;
  readonly revision: number;
}

interface Reader {
  readonly listener: KeyValueListener;
  readonly news: (() => void)[];
}

type Watch = ReturnType<KeyValue['watch']>;

/** A bucket in memory, whose readers hear of each change a little later, in order. */
export class MemoryBucket {
  readonly maxValueBytes: number;
  writes = 0;
  /** Called before each write; what it throws the writer gets, and nothing is written. */
  interfere: (key: string) => void = () => undefined;
  private readonly entries = new Map<string, Entry>();
  private readonly readers: Reader[] = [];
  private revision = 0;

  constructor(maxValueBytes = 4_096) {
    this.maxValueBytes = maxValueBytes;
  }

  put(key: string, value: Buffer, expected?: number): Promise<number> {
    return this.write(key, value, expected);
  }

  delete(key: string, expected?: number): Promise<number> {
    return this.write(key, undefined, expected);
  }

  watch(_prefix: string, listener: KeyValueListener): Pick<Watch, 'stop' | 'caughtUp'> {
    const reader: Reader = { listener, news: [] };
    for (const [key, entry] of this.inOrder()) this.tell(reader, key, entry);
    this.later(reader, () => listener.onCaughtUp?.());
    this.readers.push(reader);
    return { stop: () => Promise.resolve(), caughtUp: Promise.resolve() };
  }

  /** Everything is lost. */
  recreate(): void {
    this.entries.clear();
    this.revision = 0;
    for (const reader of this.readers) {
      this.later(reader, () => {
        reader.listener.onReset();
        reader.listener.onCaughtUp?.();
      });
    }
  }

  keys(): string[] {
    return this.inOrder().flatMap(([key, { value }]) => (value === undefined ? [] : key));
  }

  longest(): number {
    return Math.max(0, ...[...this.entries.values()].map(({ value }) => value?.length ?? 0));
  }

  private inOrder(): [string, Entry][] {
    return [...this.entries].sort(([, one], [, other]) => one.revision - other.revision);
  }

  private async write(
    key: string,
    value: Buffer | undefined,
    expected: number | undefined,
  ): Promise<number> {
    await Promise.resolve();
    this.interfere(key);
    const known = this.entries.get(key)?.revision ?? 0;
    if (expected !== undefined && expected !== known) {
      throw new RevisionConflictError(key, expected);
    }
    this.writes += 1;
    this.revision += 1;
    const entry = { value, revision: this.revision };
    this.entries.set(key, entry);
    for (const reader of this.readers) this.tell(reader, key, entry);
    return entry.revision;
  }

  private tell(reader: Reader, key: string, { value, revision }: Entry): void {
    this.later(reader, () => {
      if (value === undefined) reader.listener.onDelete(key, revision);
      else reader.listener.onPut(key, value, revision);
    });
  }

  private later({ news }: Reader, telling: () => void): void {
    news.push(telling);
    setImmediate(() => news.shift()?.());
  }
}
