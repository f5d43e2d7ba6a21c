import type { KeyObject } from 'node:crypto';
import type { Logger } from 'pino';
import { headText, publicKeyBytes, publicKeyOf, type PublicKey, signText } from '#domain/audit';
import type { CommittedHead, SignedHead, SignedHeadStore } from '#event-store';

export interface HeadSignerParts {
  /** ILP address of the connector. */
  readonly connector: string;
  /** Ed25519 private key. */
  readonly key: KeyObject;
  readonly heads: Pick<SignedHeadStore, 'addKey' | 'unsigned' | 'add'>;
  /** Whose ledgers this process answers for now; may change at any time. */
  readonly partitions: () => readonly number[];
  readonly everyMs: number;
  readonly clock: () => number;
  readonly logger: Pick<Logger, 'warn'>;
}

/**
 * Puts the connector's name to the heads of its ledgers, at intervals and when it stops. It signs
 * what the log holds, not what memory believes, so any process may sign any head, and two that sign
 * the same one do no harm. A failure costs nothing but time: the next turn signs what is new then.
 */
export class HeadSigner {
  private readonly publicKey: PublicKey;
  private timer: NodeJS.Timeout | undefined;
  private turn: Promise<void> = Promise.resolve();
  private hasKey = false;

  constructor(private readonly parts: HeadSignerParts) {
    this.publicKey = publicKeyOf(parts.key);
  }

  start(): void {
    if (this.timer !== undefined) return;
    this.timer = setInterval(() => {
      void this.signSoon();
    }, this.parts.everyMs);
    this.timer.unref();
  }

  /** Signs once more, so that nothing that was decided is left unsigned. Never rejects. */
  async stop(): Promise<void> {
    clearInterval(this.timer);
    this.timer = undefined;
    await this.signSoon();
  }

  /** One turn after the other: a slow database must not pile them up. */
  private signSoon(): Promise<void> {
    this.turn = this.turn.then(() => this.sign());
    return this.turn;
  }

  private async sign(): Promise<void> {
    const { heads, partitions, logger } = this.parts;
    const mine = partitions();
    if (mine.length === 0) return;
    try {
      await this.announceKey();
      const unsigned = await heads.unsigned(mine, this.publicKey.id);
      await heads.add(unsigned.map((head) => this.signed(head)));
    } catch (error) {
      logger.warn({ err: error }, 'heads of ledgers could not be signed');
    }
  }

  private async announceKey(): Promise<void> {
    if (this.hasKey) return;
    const { id, key } = this.publicKey;
    await this.parts.heads.addKey({ keyId: id, publicKey: publicKeyBytes(key) });
    this.hasKey = true;
  }

  private signed(head: CommittedHead): SignedHead {
    const { connector, key, clock } = this.parts;
    const signedAtMs = clock();
    const signature = signText(headText({ ...head, connector, signedAtMs }), key);
    return { ...head, signedAtMs, keyId: this.publicKey.id, signature };
  }
}
