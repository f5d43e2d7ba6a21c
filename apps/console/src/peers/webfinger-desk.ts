import {
  answerMembers,
  KeyAgreementError,
  normalPublicKey,
  peerIdOf,
  proposalLine,
  proposalMembers,
  ProposalError,
  readAnswer,
  readCurrency,
  readHostname,
  readProposal,
  type WebFingerProposal,
} from '#domain/peering';
import type { AddedPeer, PeerBook, PeerDocument, Recorded } from './peer-book';
import { notConfigured, peerFailed, unusableProposal } from './peer-errors';
import type { PeerServices } from './peer-services';
import { readingProposal, readTerms, TERMS, type Written } from './peer-terms';
import { recording } from './recording';
import type { PeerRegistry } from '#peers';
import type { SessionView, SessionWatch } from './session-watch';

/** What the other operator is to be sent; nothing in it is secret. */
export interface Proposed extends Recorded {
  readonly outcome: 'proposed';
  readonly hostname: string;
  readonly proposal: ReturnType<typeof proposalMembers>;
  readonly line: string;
}

export interface AgreedPeer extends AddedPeer {
  /** The peer's, by which it is known from now on. */
  readonly publicKey: string;
  readonly answer: ReturnType<typeof answerMembers>;
  readonly line: string;
}

export interface ConfirmedPeer extends AddedPeer {
  readonly publicKey: string;
  readonly session: SessionView | null;
}

interface Limits {
  readonly id?: string | undefined;
  readonly maxBalance: string;
  readonly minBalance?: string | undefined;
}

interface Keys {
  /** The peer's. */
  readonly publicKey: string;
  /** undefined: the gateway that was asked is older than the question. */
  readonly ownPublicKey: string | undefined;
}

interface DeskOptions {
  readonly book: PeerBook;
  readonly registry: Pick<PeerRegistry, 'list' | 'propose'>;
  readonly services: Pick<PeerServices, 'lookUp'>;
  readonly watch: SessionWatch;
  /** Ours; undefined while WebFinger is off. */
  readonly ownHostname: string | undefined;
}

/** Peering with connectors that are found by their host (SPEC §8.1): proposal, answer, and both agree. */
export class WebFingerDesk {
  constructor(private readonly options: DeskOptions) {}

  /** @throws HttpException 422 | 409 */
  async propose(written: Written): Promise<Proposed> {
    const { by, terms } = readTerms(TERMS.propose, written);
    const own = this.ownHostname();
    const { hostname, ...currency } = readingProposal(() => ({
      hostname: readHostname(terms.hostname),
      ...readCurrency(terms),
    }));
    if (hostname === own) throw unusableProposal(new ProposalError('hostname', 'ourselves'));
    const recorded = await recording(() =>
      this.options.registry.propose({ hostname, ...currency, by }),
    );
    const proposal = proposalMembers({ hostname: own, ...currency });
    return { outcome: 'proposed', ...recorded, hostname, proposal, line: proposalLine(proposal) };
  }

  /** @throws HttpException 422 | 409 | 503; nothing is added then */
  async agree(written: Written): Promise<AgreedPeer> {
    const { by, terms } = readTerms(TERMS.agree, written);
    const own = this.ownHostname();
    const proposal = readingProposal(() => readProposal(terms.proposal, own));
    const { publicKey, ...added } = await this.add(proposal, terms, by);
    const answer = answerMembers({ ...proposal, hostname: own });
    return { ...added, publicKey, answer, line: proposalLine(answer) };
  }

  /** @throws HttpException 422 | 409 | 503; nothing is added then */
  async confirm(written: Written): Promise<ConfirmedPeer> {
    const { by, terms } = readTerms(TERMS.confirm, written);
    const own = this.ownHostname();
    const { proposals } = await this.options.registry.list();
    const answer = readingProposal(() => readAnswer(terms.answer, own, proposals));
    const added = await this.add(answer, terms, by);
    const session = await this.options.watch.untilOpen(added.peer.peer, terms.waitMs);
    return { ...added, session };
  }

  private async add(
    agreed: WebFingerProposal,
    limits: Limits,
    by: string,
  ): Promise<AddedPeer & { readonly publicKey: string }> {
    const { book } = this.options;
    const document = documentOf(agreed, limits);
    const settings = book.read(document);
    await book.requireRoom(settings);
    // A host that shows another key later is another connector, so the key is written down.
    const { publicKey, ownPublicKey } = await this.keysOf(agreed.hostname);
    if (ownPublicKey !== undefined) {
      await book.requireRoomForKeys(settings, { account: ownPublicKey, peerAccount: publicKey });
    }
    const added = await book.add({ ...document, publicKey }, by);
    return { ...added, publicKey };
  }

  private async keysOf(hostname: string): Promise<Keys> {
    const reply = await this.options.services.lookUp(hostname);
    if (reply.outcome === 'failed') throw peerFailed('HostNotFound', reply);
    try {
      const { ownPublicKey } = reply;
      return { publicKey: normalPublicKey(reply.publicKey), ownPublicKey };
    } catch (error) {
      if (error instanceof KeyAgreementError) throw peerFailed('HostNotFound', error);
      throw error;
    }
  }

  private ownHostname(): string {
    const { ownHostname } = this.options;
    if (ownHostname !== undefined) return ownHostname;
    throw notConfigured('webfinger.hostname', 'before we can be found, and find others');
  }
}

function documentOf(agreed: WebFingerProposal, limits: Limits): PeerDocument {
  const { hostname, currencyCode, currencyScale } = agreed;
  const { id = peerIdOf(hostname, currencyCode), maxBalance, minBalance } = limits;
  return {
    id,
    discovery: 'webfinger',
    hostname,
    authority: 'symmetric',
    ledger: { currencyCode, currencyScale, maxBalance, minBalance },
  };
}
