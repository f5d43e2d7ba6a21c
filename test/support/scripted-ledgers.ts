import {
  decodeHot,
  type HotMessage,
  type LedgerDescription,
  type LedgerFigures,
  partitionOf,
  type Subjects,
  subjectsOf,
} from '#contracts';
import { BatchedLink, BusConnection, ControlClient } from '#messaging';
import { testNatsUrl } from './test-nats';

/** A ledger service that only says which ledgers there are, and takes note of what it is sent. */
export class ScriptedLedgers {
  /** What came for the owners of the ledgers, oldest first. */
  readonly received: HotMessage[] = [];
  private readonly subjects: Subjects;
  private readonly link: BatchedLink;
  private readonly control: ControlClient;
  private readonly heard = new Set<number>();
  private ledgers: readonly LedgerDescription[] | undefined;
  /** Listed with the ledgers. */
  figures: readonly LedgerFigures[] | undefined;

  private constructor(
    readonly bus: BusConnection,
    scope: string,
  ) {
    this.subjects = subjectsOf(scope);
    this.link = new BatchedLink(bus);
    this.control = new ControlClient(bus);
  }

  /** Does not answer before `open`. */
  static async connect(scope: string): Promise<ScriptedLedgers> {
    const bus = await BusConnection.connect({ url: testNatsUrl(), name: 'scripted-ledgers' });
    return new ScriptedLedgers(bus, scope);
  }

  /** From now on these are the ledgers. The change is announced if anybody is to be told. */
  open(ledgers: readonly LedgerDescription[], announced: 'announced' | 'silently'): void {
    if (this.ledgers === undefined) this.answerQuestions();
    this.ledgers = ledgers;
    for (const { ledgerId } of ledgers) this.own(partitionOf(ledgerId));
    if (announced === 'announced') this.control.announce(this.subjects.ledgersChanged, {});
  }

  /** As an owner of ledgers does, or what it should not say. */
  announceFigures(announced: unknown): void {
    this.control.announce(this.subjects.ledgersFigures, announced);
  }

  close(): Promise<void> {
    return this.bus.drain();
  }

  private answerQuestions(): void {
    this.bus.nats.subscribe(this.subjects.ledgerList, {
      queue: 'ledger',
      callback: (_error, message) => {
        const response = { ledgers: this.ledgers, figures: this.figures };
        message.respond(JSON.stringify({ response, isDisposed: true }));
      },
    });
  }

  private own(partition: number): void {
    if (this.heard.has(partition)) return;
    this.heard.add(partition);
    this.link.listen(this.subjects.ledgerPartition(partition), {}, (entry) => {
      this.received.push(decodeHot(entry));
    });
  }
}

/** A ledger between us, `server`, and a peer, `client`. */
export function aLedger(
  ledgerId: string,
  more: Partial<LedgerDescription> = {},
): LedgerDescription {
  return {
    ledgerId,
    prefix: `test.${ledgerId}.`,
    currencyCode: 'USD',
    currencyScale: 9,
    account: 'server',
    peerAccount: 'client',
    authority: 'admin',
    maxBalance: '1000000',
    minBalance: null,
    ...more,
  };
}
