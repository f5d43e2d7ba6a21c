import { randomBytes } from 'node:crypto';
import { type Invitation, invitationMembers, proposalLine } from '#domain/peering';
import type { GatewaySettings } from '#platform';
import { parseBtpUri } from '#protocol';
import type { AddedPeer, PeerBook, PeerDocument } from './peer-book';
import { notConfigured } from './peer-errors';
import { readTerms, TERMS, type Written } from './peer-terms';

const TOKEN_BYTES = 32;

/** Nobody guesses it. */
export function freshToken(): string {
  return randomBytes(TOKEN_BYTES).toString('base64url');
}

/** Says, this once, what the other operator needs to know. Holds the token. */
export interface InvitedPeer extends AddedPeer {
  readonly invitation: ReturnType<typeof invitationMembers>;
  /** The same, to be pasted. */
  readonly line: string;
}

interface PlaceOptions {
  readonly username: string;
  readonly btpVersion: Invitation['btpVersion'];
}

/** Where the peer is to dial, and with what; undefined as long as nobody said where the world finds us. */
export function placeForPeer(
  { publicUri, alphaPath }: Pick<GatewaySettings, 'publicUri' | 'alphaPath'>,
  { username, btpVersion }: PlaceOptions,
  token: string,
): Invitation['uri'] | undefined {
  if (publicUri === undefined) return undefined;
  const uri = { ...parseBtpUri(publicUri), username, token };
  if (btpVersion === 'BTP/1.0') return uri;
  return { ...uri, path: `${uri.path.replace(/\/$/, '')}${alphaPath}` };
}

/** Invites a connector to dial us (SPEC §9): we make the token, and the ledger is there at once. */
export class InvitationDesk {
  constructor(
    private readonly book: PeerBook,
    private readonly gateway: Pick<GatewaySettings, 'publicUri' | 'alphaPath'>,
  ) {}

  /** @throws HttpException as `PeerBook.add` */
  async invite(written: Written): Promise<InvitedPeer> {
    const { by, terms } = readTerms(TERMS.invite, written);
    const { id, prefix, currencyCode, currencyScale, mode, btpVersion } = terms;
    const { maxBalance, minBalance } = terms;
    // Credentials stand in the path of BTP/alpha, where a segment cannot be empty.
    const username = terms.username ?? (btpVersion === 'BTP/alpha' ? id : '');
    const token = freshToken();
    const uri = placeForPeer(this.gateway, { username, btpVersion }, token);
    if (uri === undefined) throw notConfigured('gateway.publicUri', 'before anybody is invited');
    const document: PeerDocument = {
      id,
      socket: 'server',
      btpVersion,
      username,
      token,
      authority: mode === 'symmetric' ? mode : 'admin',
      ledger: { prefix, currencyCode, currencyScale, maxBalance, minBalance },
    };
    const { currencyCode: code, currencyScale: scale } = this.book.read(document).ledger;
    const added = await this.book.add(document, by);
    const currency = { currencyCode: code, currencyScale: scale };
    const invitation = invitationMembers({ uri, btpVersion, mode, ...currency });
    return { ...added, invitation, line: proposalLine(invitation) };
  }
}
