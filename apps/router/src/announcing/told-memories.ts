import { createHash } from 'node:crypto';
import { type BroadcastMemory, readBroadcastMemory } from '#domain/routing';
import {
  type KeyValue,
  type KeyValueListener,
  type KeyValueWatch,
  RevisionConflictError,
} from '#messaging';

/** How much of a memory may have changed. */
export type MemoryExtent = 'everything' | 'all-but-routes';

/** What peers have been told, where it outlives the process that told them. */
export interface MemoryKeeper {
  /**
   * Reads what is kept of all peers; resolves when that is known, however long that takes.
   * @throws ClosedMemoriesError
   */
  open(): Promise<ReadonlyMap<string, BroadcastMemory>>;
  /**
   * @throws BucketUnavailableError: then it may be kept in part, which does no harm
   * @throws RevisionConflictError if somebody else has kept something of the peer that we have not
   *   seen yet; in part as well
   */
  keep(peerId: string, memory: BroadcastMemory, extent: MemoryExtent): Promise<void>;
  /** Of a peer that there is no more. @throws BucketUnavailableError */
  forget(peerId: string): Promise<void>;
  close(): Promise<void>;
}

/** Nobody wants to know any more. */
export class ClosedMemoriesError extends Error {
  override readonly name = 'ClosedMemoriesError';

  constructor() {
    super('what peers were told is not read to the end');
  }
}

type Entry = BroadcastMemory['told'][number];

/** What is under one key, as far as we have seen or written it. */
interface Part {
  /** undefined = nothing any more. */
  readonly digest: string | undefined;
  /** 0 = nobody has written it. */
  readonly revision: number;
}

/** In place of a digest, while it is not known whether our latest write was taken. */
const UNSURE = 'unsure';
const HEAD = 'head';
const WRITES_AT_ONCE = 32;

/**
 * Keeps memories in a bucket: `<peer>.head` has everything but the routes, `<peer>.<shard>` the
 * routes whose destinations have that first byte in their digest. A destination never changes its
 * shard, so a memory that was written in part never lacks a route that the peer was told. Only what
 * has changed is written, and only over what was seen: a process that was paused for so long that
 * another one leads by now does not take away what that one has told.
 */
export class ToldMemories implements MemoryKeeper, KeyValueListener {
  private readonly peers = new Map<string, Map<string, Part>>();
  /** What is being done with the memory of a peer: one thing after the other. */
  private readonly lanes = new Map<string, Promise<unknown>>();
  /** What is read while the bucket is opened, by key. */
  private read: Map<string, string> | undefined;
  private giveUp: () => void = () => undefined;
  private watch: Pick<KeyValueWatch, 'caughtUp' | 'stop'> | undefined;

  constructor(private readonly bucket: Pick<KeyValue, 'put' | 'delete' | 'watch'>) {}

  async open(): Promise<ReadonlyMap<string, BroadcastMemory>> {
    await this.close();
    const read = new Map<string, string>();
    this.read = read;
    const watch = this.bucket.watch('', this);
    this.watch = watch;
    const closed = new Promise<void>((resolve) => (this.giveUp = resolve));
    await Promise.race([watch.caughtUp, closed]);
    if (this.watch !== watch) throw new ClosedMemoriesError();
    this.read = undefined;
    return memoriesIn(read);
  }

  keep(peerId: string, memory: BroadcastMemory, extent: MemoryExtent): Promise<void> {
    const { told, ...head } = memory;
    return this.inTurn(peerId, async () => {
      // Where the head is not known the bucket may be another one, which holds no routes either.
      const known = this.partOf(peerId, HEAD)?.digest;
      const isKept = known !== undefined && known !== UNSURE;
      if (extent === 'everything' || !isKept) await this.keepRoutes(peerId, told);
      // At last: until then what stood there before owes the peer at least as much.
      await this.write(peerId, HEAD, JSON.stringify(head));
    });
  }

  forget(peerId: string): Promise<void> {
    return this.inTurn(peerId, () => {
      return inTurns(this.partsOf(peerId), (part) => this.forgetPart(peerId, part));
    });
  }

  async close(): Promise<void> {
    const { watch } = this;
    this.watch = undefined;
    this.giveUp();
    await watch?.stop();
    this.onReset();
  }

  onReset(): void {
    this.peers.clear();
    this.read?.clear();
  }

  onPut(key: string, value: Buffer, revision: number): void {
    const [peerId, part] = partsOfKey(key);
    this.read?.set(key, value.toString('utf8'));
    this.see(peerId, part, { digest: digestOf(value), revision });
  }

  onDelete(key: string, revision: number): void {
    const [peerId, part] = partsOfKey(key);
    this.read?.delete(key);
    this.see(peerId, part, { digest: undefined, revision });
  }

  private async keepRoutes(peerId: string, told: readonly Entry[]): Promise<void> {
    const wanted = shardsOf(told);
    const gone = this.partsOf(peerId).filter((part) => part !== HEAD && !wanted.has(part));
    await inTurns([...wanted], ([part, entries]) => {
      return this.write(peerId, part, JSON.stringify(entries));
    });
    await inTurns(gone, (part) => this.remove(peerId, part));
  }

  private partOf(peerId: string, part: string): Part | undefined {
    return this.peers.get(peerId)?.get(part);
  }

  /** Should what is about to be written fail, nobody knows what is there until the watch tells. */
  private doubt(peerId: string, part: string): Part {
    const doubtful = { digest: UNSURE, revision: this.partOf(peerId, part)?.revision ?? 0 };
    this.partsBy(peerId).set(part, doubtful);
    return doubtful;
  }

  private partsBy(peerId: string): Map<string, Part> {
    const parts = this.peers.get(peerId) ?? new Map<string, Part>();
    this.peers.set(peerId, parts);
    return parts;
  }

  /** Those that are there, for all that is known. */
  private partsOf(peerId: string): string[] {
    return [...(this.peers.get(peerId) ?? [])].flatMap(([part, { digest }]) =>
      digest === undefined ? [] : [part],
    );
  }

  private async write(peerId: string, part: string, text: string): Promise<void> {
    const value = Buffer.from(text);
    const digest = digestOf(value);
    if (this.partOf(peerId, part)?.digest === digest) return;
    const { revision: expected } = this.doubt(peerId, part);
    const revision = await this.bucket.put(`${peerId}.${part}`, value, expected);
    this.see(peerId, part, { digest, revision });
  }

  private async remove(peerId: string, part: string): Promise<void> {
    const { revision: expected } = this.doubt(peerId, part);
    const revision = await this.bucket.delete(`${peerId}.${part}`, expected);
    this.see(peerId, part, { digest: undefined, revision });
  }

  /** Unless somebody else has written it since: then the peer is there again. */
  private async forgetPart(peerId: string, part: string): Promise<void> {
    const known = this.partOf(peerId, part)?.revision;
    try {
      const revision = await this.bucket.delete(`${peerId}.${part}`, known);
      this.see(peerId, part, { digest: undefined, revision });
    } catch (error) {
      if (!(error instanceof RevisionConflictError)) throw error;
    }
  }

  private async inTurn(peerId: string, work: () => Promise<void>): Promise<void> {
    const before = this.lanes.get(peerId) ?? Promise.resolve();
    const turn = before.catch(() => undefined).then(work);
    this.lanes.set(peerId, turn);
    try {
      await turn;
    } finally {
      if (this.lanes.get(peerId) === turn) this.lanes.delete(peerId);
    }
  }

  /** Others may write as well, while they still believe that they lead: the newest counts. */
  private see(peerId: string, part: string, seen: Part): void {
    const parts = this.partsBy(peerId);
    if (seen.revision > (parts.get(part)?.revision ?? 0)) parts.set(part, seen);
  }
}

/** What a peer is owed of which only routes are known. */
const UNKNOWN: Omit<BroadcastMemory, 'told'> = {
  version: 1,
  dialect: { inUse: 'v17', isSettled: false, isTrial: false },
  isFullOwed: true,
  isOwedAtOnce: false,
  isRequestOwed: true,
};

function memoriesIn(values: ReadonlyMap<string, string>): Map<string, BroadcastMemory> {
  const heads = new Map<string, object>();
  const told = new Map<string, unknown[]>();
  for (const [key, value] of values) {
    const [peerId, part] = partsOfKey(key);
    const content = parsed(value);
    const list = told.get(peerId) ?? [];
    told.set(peerId, list);
    if (Array.isArray(content)) for (const entry of content as unknown[]) list.push(entry);
    else if (part === HEAD && typeof content === 'object') heads.set(peerId, content ?? {});
  }
  const memories = new Map<string, BroadcastMemory>();
  for (const [peerId, entries] of told) {
    const head = heads.get(peerId) ?? {};
    const memory =
      readBroadcastMemory({ ...UNKNOWN, ...head, told: entries }) ??
      readBroadcastMemory({ ...UNKNOWN, told: entries });
    if (memory !== undefined) memories.set(peerId, memory);
  }
  return memories;
}

function shardsOf(told: readonly Entry[]): Map<string, Entry[]> {
  const shards = new Map<string, Entry[]>();
  for (const entry of told) {
    const shard = createHash('sha256').update(entry[0]).digest('hex').slice(0, 2);
    const entries = shards.get(shard);
    if (entries === undefined) shards.set(shard, [entry]);
    else entries.push(entry);
  }
  // The same routes are the same text, in whatever order they came.
  for (const entries of shards.values()) entries.sort(([one], [other]) => (one < other ? -1 : 1));
  return shards;
}

/** Ids of peers hold no dots. */
function partsOfKey(key: string): [peerId: string, part: string] {
  const at = key.indexOf('.');
  return [key.slice(0, at), key.slice(at + 1)];
}

function digestOf(value: Buffer): string {
  return createHash('sha256').update(value).digest('base64url');
}

async function inTurns<T>(all: readonly T[], work: (one: T) => Promise<void>): Promise<void> {
  for (let at = 0; at < all.length; at += WRITES_AT_ONCE) {
    await Promise.all(all.slice(at, at + WRITES_AT_ONCE).map(work));
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
