import { createHash, type KeyObject } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { publicKeyOf, signText } from '#domain/audit';
import { LogVerification } from '#event-store';
import type { RecordedEvent } from '#eventsourcing';
import {
  EXPORT_LINE_BYTES,
  eventLine,
  type Manifest,
  manifestLine,
  trailerLine,
  trailerText,
} from './export-format';
import { problemOfLog } from './findings';

export interface ExportContent {
  readonly manifest: Manifest;
  /** Ledger by ledger as the manifest names them, each in the order of versions. */
  readonly events: AsyncIterable<RecordedEvent> | Iterable<RecordedEvent>;
  /** Ed25519 private key. */
  readonly key: KeyObject;
  readonly onProgress?: ((events: number, total: number) => void) | undefined;
}

export interface ExportProof {
  /** Of every line before the trailer, hex. */
  readonly sha256: string;
  /** Fingerprint of the key that signed. */
  readonly key: string;
}

/** There is nothing to be exported, or it must not be signed. */
export class ExportRefusedError extends Error {
  override readonly name = 'ExportRefusedError';
}

/**
 * Writes manifest, events and trailer to a file, gzip if its name ends in `.gz`. It appears under
 * its name when it is complete.
 * @throws ExportRefusedError where the events are not what the manifest says
 */
export async function writeExport(file: string, content: ExportContent): Promise<ExportProof> {
  const fresh = `${file}.partial`;
  const writing = new ExportWriting(content);
  const compress = file.endsWith('.gz') ? [createGzip()] : [];
  try {
    const target = createWriteStream(fresh, { mode: 0o600 });
    await pipeline([Readable.from(writing.lines()), ...compress, target]);
    await rename(fresh, file);
  } finally {
    await rm(fresh, { force: true });
  }
  return writing.proof;
}

/** The lines of one export, counted and digested as they go. */
class ExportWriting {
  private readonly sha256 = createHash('sha256');
  private written = 0;
  private finished: ExportProof | undefined;

  constructor(private readonly content: ExportContent) {}

  /** Known once every line has been taken. */
  get proof(): ExportProof {
    if (this.finished === undefined) throw new ExportRefusedError('the export has no end');
    return this.finished;
  }

  async *lines(): AsyncGenerator<Buffer, void, undefined> {
    const { manifest, onProgress } = this.content;
    yield this.line(manifestLine(manifest));
    const verification = this.verification();
    for await (const event of this.content.events) {
      refuseBroken(verification, event);
      yield this.line(eventLine(event));
      onProgress?.(verification.events, manifest.events);
    }
    const { events } = verification;
    if (events !== manifest.events) {
      throw new ExportRefusedError(`the log has ${events} of ${manifest.events} events`);
    }
    yield this.trailer();
  }

  private verification(): LogVerification {
    const { partitions, ledgers } = this.content.manifest;
    const verification = new LogVerification({ partitions, positions: false });
    for (const { ledger, firstVersion, previousHash } of ledgers) {
      if (firstVersion === 1) continue;
      const hash = Buffer.from(previousHash, 'hex');
      verification.startAt(ledger, { version: firstVersion - 1, hash });
    }
    return verification;
  }

  private line(text: string): Buffer {
    const bytes = Buffer.from(`${text}\n`, 'utf8');
    if (bytes.length > EXPORT_LINE_BYTES) {
      throw new ExportRefusedError(
        `a line of ${bytes.length} bytes is longer than any reader takes`,
      );
    }
    this.sha256.update(bytes);
    this.written += 1;
    return bytes;
  }

  private trailer(): Buffer {
    const { key } = this.content;
    const sha256 = this.sha256.digest('hex');
    const { id } = publicKeyOf(key);
    this.finished = { sha256, key: id };
    const lines = this.written;
    const signature = signText(trailerText({ lines, sha256 }), key).toString('base64');
    return Buffer.from(`${trailerLine({ lines, sha256, key: id, signature })}\n`, 'utf8');
  }
}

/** Our name goes below it: what does not hold here must not leave the house. */
function refuseBroken(verification: LogVerification, event: RecordedEvent): void {
  const [problem] = verification.check(event);
  if (problem === undefined) return;
  const { rule } = problemOfLog(problem);
  const where = `ledger ${event.ledgerId}, version ${event.version}`;
  throw new ExportRefusedError(`${where}: ${rule} does not hold; see "causeway audit verify"`);
}
