import { createReadStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { createGunzip, type Gunzip } from 'node:zlib';
import { EXPORT_LINE_BYTES } from './export-format';

/** What is wrong with an export, at the first line where it shows. */
export class ExportFaultError extends Error {
  override readonly name = 'ExportFaultError';

  constructor(
    readonly file: string,
    /** From 1. */
    readonly line: number,
    readonly rule: string,
    readonly expected: string,
    readonly found: string,
  ) {
    super(`${file}, line ${line}: ${rule}: expected ${expected}, found ${found}`);
  }
}

export interface ExportLine {
  /** From 1. */
  readonly number: number;
  readonly text: string;
  /** As in the file, without the line feed. */
  readonly bytes: Buffer;
}

const LINE_FEED = 0x0a;
const GZIP_MAGIC = [0x1f, 0x8b];

/**
 * The lines of a file, one at a time, gzip or not (told by its first bytes).
 * @throws ExportFaultError for a line that is too long or not UTF-8, an end without a line feed,
 *   gzip that is damaged, cut off or followed by anything else
 */
export async function* exportLines(
  file: string,
  lineBytes = EXPORT_LINE_BYTES,
): AsyncGenerator<ExportLine, void, undefined> {
  const splitter = new LineSplitter(file, lineBytes);
  const gunzip = (await isGzip(file)) ? createGunzip() : undefined;
  try {
    for await (const chunk of chunksOf(file, gunzip)) yield* splitter.push(chunk);
  } catch (error) {
    const complaint = zlibComplaint(error);
    if (complaint === undefined) throw error;
    throw splitter.fault('gzip', 'undamaged gzip data', complaint);
  }
  if (gunzip !== undefined && gunzip.bytesWritten !== (await stat(file)).size) {
    throw splitter.fault('gzip', 'the end of the file', 'bytes after the end of the gzip data');
  }
  splitter.end();
}

class LineSplitter {
  private readonly decoder = new TextDecoder('utf-8', { fatal: true });
  private pending: Buffer[] = [];
  private pendingBytes = 0;
  private number = 1;

  constructor(
    private readonly file: string,
    private readonly lineBytes: number,
  ) {}

  *push(chunk: Buffer): Generator<ExportLine, void, undefined> {
    let from = 0;
    for (;;) {
      const at = chunk.indexOf(LINE_FEED, from);
      this.take(chunk.subarray(from, at === -1 ? undefined : at));
      if (at === -1) return;
      yield this.line();
      from = at + 1;
    }
  }

  end(): void {
    if (this.pendingBytes === 0) return;
    throw this.fault(
      'last-line',
      'a line feed at its end',
      `${this.pendingBytes} bytes without one`,
    );
  }

  fault(rule: string, expected: string, found: string): ExportFaultError {
    return new ExportFaultError(this.file, this.number, rule, expected, found);
  }

  private take(part: Buffer): void {
    if (part.length === 0) return;
    this.pending.push(part);
    this.pendingBytes += part.length;
    if (this.pendingBytes <= this.lineBytes) return;
    throw this.fault('line-length', `at most ${this.lineBytes} bytes`, 'more');
  }

  private line(): ExportLine {
    const bytes = Buffer.concat(this.pending);
    const line = { number: this.number, text: this.decode(bytes), bytes };
    this.pending = [];
    this.pendingBytes = 0;
    this.number += 1;
    return line;
  }

  private decode(bytes: Buffer): string {
    try {
      return this.decoder.decode(bytes);
    } catch {
      throw this.fault('encoding', 'UTF-8', 'other bytes');
    }
  }
}

async function* chunksOf(file: string, gunzip: Gunzip | undefined): AsyncGenerator<Buffer> {
  const source = createReadStream(file);
  // Errors of the source reach whoever reads from the last stream of the chain.
  source.on('error', (error) => gunzip?.destroy(error));
  const stream = gunzip === undefined ? source : source.pipe(gunzip);
  try {
    for await (const chunk of stream) {
      if (Buffer.isBuffer(chunk)) yield chunk;
    }
  } finally {
    source.destroy();
    gunzip?.destroy();
  }
}

async function isGzip(file: string): Promise<boolean> {
  const handle = await open(file, 'r');
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(2), 0, 2, 0);
    return bytesRead === 2 && GZIP_MAGIC.every((byte, index) => buffer[index] === byte);
  } finally {
    await handle.close();
  }
}

/** zlib names its complaints Z_DATA_ERROR, Z_BUF_ERROR and so on. */
function zlibComplaint(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null) return undefined;
  const { code, message } = error as { code?: unknown; message?: unknown };
  return typeof code === 'string' && code.startsWith('Z_') ? String(message) : undefined;
}
