import {
  decodeHot,
  encodeHot,
  UnreadableMessageError,
  type HotMessage,
  type LedgerMessage,
  type Subjects,
} from '#contracts';
import type { BatchedLink, Listening } from '#messaging';

export interface PartitionEarParts {
  readonly link: BatchedLink;
  readonly subjects: Subjects;
  /** Is the ledger decided on here and now? */
  readonly owns: (ledgerId: string) => boolean;
  /** Takes a message in; false if too many are waiting. */
  readonly offer: (message: LedgerMessage) => boolean;
  readonly unreadable: (error: Error) => void;
}

/** Hears on the hot link what concerns the ledgers of some partitions, which come and go. */
export class PartitionEar {
  private readonly listening = new Map<number, Listening>();

  constructor(private readonly parts: PartitionEarParts) {}

  listen(partition: number): void {
    const { link, subjects } = this.parts;
    const listening = link.listen(subjects.ledgerPartition(partition), {}, (entry) => {
      this.hear(entry);
    });
    this.listening.set(partition, listening);
  }

  /** Resolves when everything that was on its way is taken in, and nothing more will be. */
  async stop(partitions: Iterable<number>): Promise<void> {
    const stopping: Promise<void>[] = [];
    for (const partition of partitions) {
      const listening = this.listening.get(partition);
      this.listening.delete(partition);
      if (listening !== undefined) stopping.push(listening.stop());
    }
    await Promise.all(stopping);
  }

  async stopAll(): Promise<void> {
    await this.stop([...this.listening.keys()]);
  }

  private hear(entry: Buffer): void {
    let message: HotMessage;
    try {
      message = decodeHot(entry);
    } catch (error) {
      if (!(error instanceof UnreadableMessageError)) throw error;
      this.parts.unreadable(error);
      return;
    }
    if (!isLedgerMessage(message) || !this.parts.owns(message.ledgerId)) return;
    if (!this.parts.offer(message)) this.sayBusy(message);
  }

  /** A Prepare can be refused for good; everything else comes again by itself. */
  private sayBusy(message: LedgerMessage): void {
    if (message.kind !== 'planned-payment') return;
    const { gatewayId, reference } = message.replyTo;
    const error = {
      name: 'UnreachableError',
      message: 'too many transfers are waiting, try again later',
    };
    const answer = encodeHot({ kind: 'answer', reference, error, balance: null });
    this.parts.link.send(this.parts.subjects.gatewayAnswers(gatewayId), answer);
  }
}

/** What others may ask of an owner; a kind that is missing here does not compile. */
const HEARD: Readonly<Record<LedgerMessage['kind'], true>> = {
  'planned-payment': true,
  'peer-fulfilled': true,
  'peer-rejected': true,
  'peer-refused': true,
  'fulfill-refused': true,
  'peer-balance': true,
  delivered: true,
  'session-opened': true,
  'balance-asked': true,
  'forward-payment': true,
  'leg-report': true,
  'leg-answer': true,
  'payee-answered': true,
};

function isLedgerMessage(message: HotMessage): message is LedgerMessage {
  return Object.hasOwn(HEARD, message.kind);
}
