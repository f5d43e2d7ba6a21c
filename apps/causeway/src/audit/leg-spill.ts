import { createHash } from 'node:crypto';
import { closeSync, fstatSync, mkdtempSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LEG_RECORD_BYTES, type Leg, LegCodec } from '#domain/audit';

/** Records kept in memory before they go to disk, bytes. */
export const SPILL_MEMORY_BYTES = 32 * 1024 * 1024;
const BUCKETS = 256;

export interface TaggedLeg {
  readonly leg: Leg;
  readonly tag: number;
}

export interface SpillOptions {
  readonly memoryBytes?: number;
  /** Where the temporary files go; the system's directory for that by default. */
  readonly directory?: string;
}

/**
 * Sorts legs by key into buckets that each fit into memory, on disk once there are many: legs with
 * one key always meet in one bucket, however far apart they were found.
 */
export class LegSpill {
  private readonly codec = new LegCodec();
  /** Records of each bucket that are not on disk yet. */
  private readonly slabs = new Map<number, { readonly records: Buffer; used: number }>();
  private folder: string | undefined;
  private readonly files = new Map<number, number>();

  constructor(private readonly options: SpillOptions = {}) {}

  /** Records that went to disk, bytes; 0 while memory is enough. */
  get spilledBytes(): number {
    return [...this.files.values()].reduce((total, file) => total + fstatSync(file).size, 0);
  }

  add(leg: Leg, tag: number, key: string): void {
    const bucket = bucketOf(key);
    const slab = this.slabOf(bucket);
    const { records, used } = slab;
    this.codec.encode(leg, tag, records.subarray(used, used + LEG_RECORD_BYTES));
    slab.used += LEG_RECORD_BYTES;
    if (slab.used < records.length) return;
    writeAll(this.fileOf(bucket), records);
    slab.used = 0;
  }

  /** Whether two keys share a bucket, so that one record serves both. */
  isTogether(one: string, other: string): boolean {
    return bucketOf(one) === bucketOf(other);
  }

  /** The legs of one bucket after the other. */
  *buckets(): Generator<readonly TaggedLeg[], void, undefined> {
    for (let bucket = 0; bucket < BUCKETS; bucket += 1) {
      const legs: TaggedLeg[] = [];
      for (const record of this.recordsOf(bucket)) legs.push(this.codec.decode(record));
      if (legs.length > 0) yield legs;
    }
  }

  /** Removes what is on disk. */
  close(): void {
    for (const file of this.files.values()) closeSync(file);
    this.files.clear();
    if (this.folder !== undefined) rmSync(this.folder, { recursive: true, force: true });
    this.folder = undefined;
  }

  private slabOf(bucket: number): { readonly records: Buffer; used: number } {
    const known = this.slabs.get(bucket);
    if (known !== undefined) return known;
    const share = (this.options.memoryBytes ?? SPILL_MEMORY_BYTES) / BUCKETS / LEG_RECORD_BYTES;
    const records = Buffer.alloc(Math.max(1, Math.floor(share)) * LEG_RECORD_BYTES);
    const slab = { records, used: 0 };
    this.slabs.set(bucket, slab);
    return slab;
  }

  private *recordsOf(bucket: number): Generator<Buffer, void, undefined> {
    const file = this.files.get(bucket);
    if (file !== undefined) yield* recordsIn(contentOf(file));
    const slab = this.slabs.get(bucket);
    if (slab !== undefined) yield* recordsIn(slab.records.subarray(0, slab.used));
  }

  private fileOf(bucket: number): number {
    const known = this.files.get(bucket);
    if (known !== undefined) return known;
    this.folder ??= mkdtempSync(join(this.options.directory ?? tmpdir(), 'causeway-audit-'));
    const file = openSync(join(this.folder, String(bucket)), 'a+', 0o600);
    this.files.set(bucket, file);
    return file;
  }
}

function contentOf(file: number): Buffer {
  const content = Buffer.alloc(fstatSync(file).size);
  for (let read = 0; read < content.length;) {
    read += readSync(file, content, read, content.length - read, read);
  }
  return content;
}

function* recordsIn(content: Buffer): Generator<Buffer, void, undefined> {
  for (let at = 0; at < content.length; at += LEG_RECORD_BYTES) {
    yield content.subarray(at, at + LEG_RECORD_BYTES);
  }
}

function writeAll(file: number, content: Buffer): void {
  for (let written = 0; written < content.length;) {
    written += writeSync(file, content, written, content.length - written);
  }
}

// A peer chooses ids; only a hash spreads them whatever it chooses.
function bucketOf(key: string): number {
  return createHash('sha256').update(key).digest().readUInt8(0);
}
