import type { KeyObject } from 'node:crypto';
import type { DataSource } from 'typeorm';
import { publicKeyOf, publicKeyText, readPublicKey } from '#domain/audit';
import { EventReader, SettingsStore, SignedHeadStore } from '#event-store';
import type { RecordedEvent } from '#eventsourcing';
import type { Until } from '../replay/until';
import { timeText } from './audit-report';
import { EXPORT_FORMAT, EXPORT_VERSION, type ExportedLedger, type Manifest } from './export-format';
import { type ExportProof, ExportRefusedError, writeExport } from './export-writer';
import { readExtents, type LedgerExtent } from './ledger-extents';
import { software } from './software';

export interface ExportRequest {
  /** Gzip if it ends in `.gz`. */
  readonly out: string;
  /** None = all. */
  readonly ledgers: readonly string[];
  readonly from?: Until | undefined;
  readonly until?: Until | undefined;
  readonly key: KeyObject;
  readonly onProgress?: (events: number, total: number) => void;
}

export interface ExportSummary extends ExportProof {
  readonly file: string;
  readonly events: number;
  readonly ledgers: number;
}

/**
 * Writes the log, or a part of it, to a file that proves itself: manifest, one event per line,
 * trailer with digest and signature.
 * @throws ExportRefusedError
 */
export async function exportLog(
  dataSource: DataSource,
  request: ExportRequest,
): Promise<ExportSummary> {
  const { out, key, onProgress } = request;
  const manifest = await makeManifest(dataSource, request);
  const events = eventsOf(dataSource, manifest);
  const proof = await writeExport(out, { manifest, events, key, onProgress });
  return { file: out, events: manifest.events, ledgers: manifest.ledgers.length, ...proof };
}

async function* eventsOf(
  dataSource: DataSource,
  manifest: Manifest,
): AsyncGenerator<RecordedEvent, void, undefined> {
  const reader = new EventReader(dataSource);
  for (const { ledger: ledgerId, firstVersion, lastVersion } of manifest.ledgers) {
    const afterVersion = firstVersion - 1;
    yield* reader.readLedger({ ledgerId, afterVersion, untilVersion: lastVersion });
  }
}

async function makeManifest(dataSource: DataSource, request: ExportRequest): Promise<Manifest> {
  const settings = new SettingsStore(dataSource);
  const { ledgers, from, until } = request;
  const extents = await readExtents(dataSource, { ledgers, from, until });
  for (const ledger of ledgers) {
    if (extents.some((extent) => extent.ledger === ledger)) continue;
    throw new ExportRefusedError(`ledger "${ledger}" has no events in this range`);
  }
  const range = from === undefined && until === undefined ? 'whole' : 'part';
  const exported: ExportedLedger[] = [];
  for (const extent of extents) {
    const signedHead = await newestSignedHead(dataSource, extent);
    exported.push({ ...extent, events: extent.lastVersion - extent.firstVersion + 1, signedHead });
  }
  return {
    format: EXPORT_FORMAT,
    formatVersion: EXPORT_VERSION,
    software: software(),
    connector: (await settings.get('connector.address')) ?? 'unknown',
    partitions: Number((await settings.get('partitions')) ?? '64'),
    created: timeText(Date.now()),
    complete: range === 'whole' && ledgers.length === 0,
    range,
    events: exported.reduce((total, { events }) => total + events, 0),
    ledgers: exported,
    publicKey: publicKeyText(publicKeyOf(request.key)),
  };
}

async function newestSignedHead(
  dataSource: DataSource,
  { ledger, firstVersion, lastVersion }: LedgerExtent,
): Promise<ExportedLedger['signedHead']> {
  const store = new SignedHeadStore(dataSource);
  const head = await store.newest(ledger, { firstVersion, lastVersion });
  if (head === undefined) return null;
  const key = (await store.keys()).find(({ keyId }) => keyId === head.keyId);
  if (key === undefined) return null;
  return {
    version: head.version,
    hash: head.hash.toString('hex'),
    signedAt: timeText(head.signedAtMs),
    key: head.keyId,
    signature: head.signature.toString('base64'),
    publicKey: publicKeyText(readPublicKey(key.publicKey)),
  };
}
