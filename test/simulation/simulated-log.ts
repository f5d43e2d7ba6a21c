import {
  decodeRecorded,
  encodeEvent,
  type LedgerEvent,
  type LedgerId,
  ledgerId,
  type LedgerOpened,
} from '#domain/ledger';
import { canonicalJson, type RecordedEvent } from '#eventsourcing';
import { PaymentNetwork } from '#testing';
import type { StagedEvent } from '../../apps/ledger/src/ledger-book';

const NO_HASH = Buffer.alloc(32);

/** An event with the place that its writer gave it. */
export interface PlacedEvent extends StagedEvent {
  readonly version: number;
}

/** Somebody else has written since the writer last looked: it is the owner no more. */
export class FencedError extends Error {
  override readonly name = 'FencedError';
}

/**
 * The log of all ledgers, as it is stored: events as text, versions gapless, or the append is
 * refused. Whatever gets in is held against the laws of money at once.
 */
export class SimulatedLog {
  readonly network = new PaymentNetwork('several');
  private readonly ledgers = new Map<string, RecordedEvent[]>();

  begin(id: string, opened: LedgerOpened, nowMs: number): void {
    const { payload, ...encoded } = encodeEvent(opened);
    const stored = { ...encoded, payload: canonicalJson(payload), packetDigest: null };
    this.append([{ ...stored, ledgerId: ledgerId(id), occurredAtMs: nowMs, version: 1 }]);
  }

  /** All or nothing. @throws FencedError */
  append(events: readonly PlacedEvent[]): void {
    const heads = new Map<string, number>();
    for (const { ledgerId: id, version } of events) {
      const head = heads.get(id) ?? this.versionOf(id);
      if (version !== head + 1) throw new FencedError(`${id}:${version} after ${head}`);
      heads.set(id, version);
    }
    for (const event of events) this.store(event);
  }

  versionOf(id: string): number {
    return this.ledgers.get(id)?.length ?? 0;
  }

  ledgerIds(): Promise<readonly string[]> {
    return Promise.resolve([...this.ledgers.keys()]);
  }

  async *readLedger(range: { ledgerId: string }): AsyncGenerator<RecordedEvent> {
    for (const event of this.ledgers.get(range.ledgerId) ?? []) {
      await Promise.resolve();
      yield event;
    }
  }

  recallTransfers(
    keys: readonly { ledgerId: string; transferId: string }[],
  ): Promise<readonly RecordedEvent[]> {
    const unique = new Map(keys.map((key) => [`${key.ledgerId}/${key.transferId}`, key]));
    const found = [...unique.values()].flatMap((key) =>
      this.eventsOf(key.ledgerId).filter(({ transferId }) => transferId === key.transferId),
    );
    return Promise.resolve(found);
  }

  private eventsOf(id: string): readonly RecordedEvent[] {
    return this.ledgers.get(id) ?? [];
  }

  private store(event: PlacedEvent): void {
    const recorded: RecordedEvent = {
      ...event,
      partition: 0,
      position: event.version,
      previousHash: NO_HASH,
      hash: NO_HASH,
    };
    const events = this.ledgers.get(event.ledgerId) ?? [];
    this.ledgers.set(event.ledgerId, [...events, recorded]);
    this.lives(ledgerId(event.ledgerId), decodeRecorded(recorded));
  }

  private lives(id: LedgerId, event: LedgerEvent): void {
    const ledger = this.network.find(id);
    if (ledger !== undefined) this.network.happen(ledger, event);
    else if (event.type === 'LedgerOpened') this.network.open(id, event);
    else throw new Error(`${id} begins with ${event.type}`);
  }
}
