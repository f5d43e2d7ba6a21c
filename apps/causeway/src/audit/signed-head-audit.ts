import {
  headText,
  isSignedBy,
  type PublicKey,
  readPublicKey,
  type Tell,
  UnusableKeyError,
} from '#domain/audit';
import type { AuditKey, EventReader, SignedHead, SignedHeadStore } from '#event-store';
import type { RecordedEvent } from '#eventsourcing';

/** The newest head of a ledger that somebody has signed and that holds. */
export interface NewestHead {
  readonly version: number;
  readonly signedAtMs: number;
  readonly keyId: string;
}

export interface SignedHeadAuditParts {
  readonly connector: string;
  readonly store: SignedHeadStore;
  readonly reader: EventReader;
  /** Keys to be trusted whatever the database says; none = those that the database has. */
  readonly pinned: readonly PublicKey[];
  readonly tell: Tell;
}

/**
 * Holds every signed head against the event that it names, while the log goes by: a history that
 * was rewritten as a whole, hashes and all, differs from what was signed before.
 */
export class SignedHeadAudit {
  /** Signed heads that were looked at. */
  count = 0;
  readonly newest = new Map<string, NewestHead>();
  private readonly cursors = new Map<string, HeadCursor>();

  private constructor(
    private readonly parts: SignedHeadAuditParts,
    private readonly keys: Map<string, PublicKey>,
  ) {}

  static async of(parts: SignedHeadAuditParts): Promise<SignedHeadAudit> {
    const { pinned, store, tell } = parts;
    const keys = pinned.length > 0 ? [...pinned] : usableKeys(await store.keys(), tell);
    return new SignedHeadAudit(parts, new Map(keys.map((key) => [key.id, key])));
  }

  /** Fingerprints of the keys that signatures are checked by. */
  get keyIds(): readonly string[] {
    return [...this.keys.keys()];
  }

  /**
   * Each ledger's events in the order of versions.
   * @returns a promise only where there is something to wait for: an await for each of millions of
   *   events would take longer than all else
   */
  apply(event: RecordedEvent): Promise<void> | undefined {
    const cursor = this.cursors.get(event.ledgerId);
    if (cursor !== undefined && (cursor.next?.version ?? Infinity) > event.version)
      return undefined;
    return this.meet(event);
  }

  private async meet({ ledgerId, version, hash }: RecordedEvent): Promise<void> {
    let cursor = this.cursors.get(ledgerId);
    if (cursor === undefined) {
      cursor = await HeadCursor.open(this.parts.store.ofLedger(ledgerId));
      this.cursors.set(ledgerId, cursor);
    }
    while (cursor.next !== undefined && cursor.next.version <= version) {
      await this.check(cursor.next, cursor.next.version === version ? hash : undefined);
      await cursor.advance();
    }
  }

  /** No event of this ledger comes any more, or none ever came. */
  async finish(ledgerId: string): Promise<void> {
    const { store, reader } = this.parts;
    const cursor = this.cursors.get(ledgerId) ?? (await HeadCursor.open(store.ofLedger(ledgerId)));
    this.cursors.delete(ledgerId);
    while (cursor.next !== undefined) {
      // The log may have grown since the reading began; what was signed must be in it now.
      const afterVersion = cursor.next.version - 1;
      let hash: Buffer | undefined;
      for await (const event of reader.readLedger({ ledgerId, afterVersion, limit: 1 })) {
        if (event.version === cursor.next.version) hash = event.hash;
      }
      await this.check(cursor.next, hash);
      await cursor.advance();
    }
  }

  private async check(head: SignedHead, hash: Buffer | undefined): Promise<void> {
    this.count += 1;
    const { ledgerId: ledger, version, keyId } = head;
    const tell = (rule: string, expected: string, found: string): void => {
      this.parts.tell({ rule, ledger, version, transfer: null, expected, found });
    };
    const key = await this.keyOf(keyId);
    if (key === undefined) {
      tell('signed-head-key', `one of ${this.keyIds.join(', ')}`, keyId);
      return;
    }
    const { connector } = this.parts;
    if (!isSignedBy(headText({ ...head, connector }), head.signature, key)) {
      tell('signed-head-signature', `a signature by ${keyId}`, 'one that does not hold');
      return;
    }
    if (hash?.equals(head.hash) !== true) {
      tell('signed-head', head.hash.toString('hex'), hash?.toString('hex') ?? 'no such event');
      return;
    }
    this.newest.set(ledger, { version, signedAtMs: head.signedAtMs, keyId });
  }

  /** A connector that signs for the first time while we read has written its key down before, but after we began. */
  private async keyOf(keyId: string): Promise<PublicKey | undefined> {
    const { pinned, store } = this.parts;
    if (pinned.length === 0 && !this.keys.has(keyId)) {
      for (const key of usableKeys(await store.keys(), () => undefined)) this.keys.set(key.id, key);
    }
    return this.keys.get(keyId);
  }
}

/** Walks a ledger's signed heads beside its events. */
class HeadCursor {
  private constructor(
    private readonly heads: AsyncGenerator<SignedHead, void, undefined>,
    public next: SignedHead | undefined,
  ) {}

  static async open(heads: AsyncGenerator<SignedHead, void, undefined>): Promise<HeadCursor> {
    const cursor = new HeadCursor(heads, undefined);
    await cursor.advance();
    return cursor;
  }

  async advance(): Promise<void> {
    const step = await this.heads.next();
    this.next = step.done === true ? undefined : step.value;
  }
}

function usableKeys(stored: readonly AuditKey[], tell: Tell): PublicKey[] {
  return stored.flatMap(({ keyId, publicKey }) => {
    try {
      const key = readPublicKey(publicKey);
      if (key.id === keyId) return [key];
    } catch (error) {
      if (!(error instanceof UnusableKeyError)) throw error;
    }
    const place = { ledger: null, version: null, transfer: null };
    tell({ ...place, rule: 'audit-key', expected: 'an Ed25519 key', found: keyId });
    return [];
  });
}
