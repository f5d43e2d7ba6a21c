import type { PeerTrialReply } from '#contracts';
import { type Invitation, peerIdOf, ProposalError, readInvitation } from '#domain/peering';
import type { GatewaySettings } from '#platform';
import { formatBtpUri } from '#protocol';
import type { z } from 'zod';
import { unreadableOrder } from '../order-errors';
import { leadsToUs } from './our-own-place';
import type { AddedPeer, PeerBook, PeerDocument } from './peer-book';
import { peerFailed, unexpected, unusableProposal } from './peer-errors';
import type { PeerServices } from './peer-services';
import { readingProposal, readTerms, TERMS, type Written } from './peer-terms';
import type { SessionView, SessionWatch } from './session-watch';

type Terms = z.output<typeof TERMS.accept>;
type Trial = Extract<PeerTrialReply, { outcome: 'ok' }>;
type Said = Omit<Trial, 'outcome'>;

export interface AcceptedPeer extends AddedPeer {
  /** What it said when it was tried; amounts are decimal text of base units, as it counts. */
  readonly said: Said;
  /** How its session stands by now; null while no gateway knows. */
  readonly session: SessionView | null;
}

/** Accepts the invitation of another connector (SPEC §9): nothing is added unless it lets us in. */
export class AcceptanceDesk {
  constructor(
    private readonly book: PeerBook,
    private readonly services: Pick<PeerServices, 'tryPeer'>,
    private readonly watch: SessionWatch,
    private readonly gateway: Pick<GatewaySettings, 'publicUri' | 'listen'>,
  ) {}

  /** @throws HttpException 422 | 409 | 503 | 504; nothing is added then */
  async accept(written: Written): Promise<AcceptedPeer> {
    const { by, terms } = readTerms(TERMS.accept, written);
    const invitation = readingProposal(() => readInvitation(terms.invitation));
    this.requireAcceptable(invitation, terms);
    const draft = draftOf(invitation, terms);
    const settings = this.book.read(draft);
    await this.book.requireRoom(settings);
    const said = await this.try(draft, invitation, terms);
    const { prefix } = said;
    await this.book.requireRoom({ ...settings, ledger: { ...settings.ledger, prefix } });
    const added = await this.book.add(documentOf(draft, invitation, prefix), by);
    const session = await this.watch.untilOpen(settings.id, terms.waitMs);
    return { ...added, said, session };
  }

  private requireAcceptable(invitation: Invitation, terms: Terms): void {
    if (leadsToUs(invitation.uri, this.gateway)) {
      throw unusableProposal(new ProposalError('btpUri', 'ourselves'));
    }
    if (invitation.mode === 'symmetric' && terms.maxBalance === undefined) {
      const rule = 'is required, as both of us decide on this ledger; it may be unlimited';
      throw unreadableOrder([{ field: 'maxBalance', rule }]);
    }
    requireExpected(invitation, terms);
  }

  private async try(draft: PeerDocument, invitation: Invitation, terms: Terms): Promise<Said> {
    const reply = await this.services.tryPeer(draft);
    if (reply.outcome === 'failed') throw peerFailed('PeerNotReached', reply);
    requireExpected(reply, invitation);
    requireExpected(reply, terms);
    return saidBy(reply);
  }
}

function saidBy(reply: Trial): Said {
  const { prefix, currencyCode, currencyScale, account, limit, balance } = reply;
  return { prefix, currencyCode, currencyScale, account, limit, balance };
}

interface Expectable {
  readonly currencyCode?: string | undefined;
  readonly currencyScale?: number | undefined;
  readonly prefix?: string | undefined;
}

function requireExpected(said: Expectable, expected: Expectable): void {
  for (const field of ['currencyCode', 'currencyScale', 'prefix'] as const) {
    const [is, wanted] = [said[field], expected[field]].map((value) => value?.toString());
    if (is === undefined || wanted === undefined) continue;
    const same = field === 'prefix' ? is === wanted : is.toUpperCase() === wanted.toUpperCase();
    if (!same) throw unexpected(field, is, wanted);
  }
}

/** As the administrator's shadow, which is also how one that both decide on is tried. */
function draftOf(invitation: Invitation, terms: Terms) {
  const { uri, btpVersion, currencyCode, currencyScale } = invitation;
  const { prefix, maxBalance, minBalance } = terms;
  const host = uri.port === undefined ? uri.host : `${uri.host}:${uri.port}`;
  return {
    id: terms.id ?? peerIdOf(host, currencyCode),
    socket: 'client',
    uri: formatBtpUri(uri),
    btpVersion,
    authority: 'shadow',
    ledger: { prefix, currencyCode, currencyScale, maxBalance, minBalance },
  };
}

type Draft = ReturnType<typeof draftOf>;

function documentOf(draft: Draft, { mode }: Invitation, prefix: string): PeerDocument {
  if (mode !== 'symmetric') return draft;
  return { ...draft, authority: mode, ledger: { ...draft.ledger, prefix } };
}
