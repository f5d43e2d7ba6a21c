import { type BtpUri, BtpUriError, formatBtpUri, parseBtpUri } from '#protocol';
import { type Currency, readCurrency } from './currency';
import { ProposalError } from './proposal-error';
import { readMembers } from './proposal-text';
import { requireMember } from './webfinger-proposal';

/** "Let us peer; dial me here": what goes from one operator to another without WebFinger (SPEC §9.1). */
export interface Invitation extends Currency {
  /** Where to dial and what to present. Holds a secret. */
  readonly uri: BtpUri;
  readonly btpVersion: 'BTP/1.0' | 'BTP/alpha';
  /** Who decides on the ledger: the inviting connector, or both (SPEC §9.4). */
  readonly mode: 'asymmetric' | 'symmetric';
}

/** In the machine form of SPEC D-20; holds the token. */
export function invitationMembers(invitation: Invitation) {
  const { uri, btpVersion, currencyCode, currencyScale, mode } = invitation;
  return {
    intent: 'peer',
    discovery: 'btp',
    btpUri: formatBtpUri(uri),
    btpVersion,
    currencyCode,
    currencyScale,
    ...(mode === 'symmetric' ? { mode } : {}),
  };
}

const MEMBERS = [
  'intent',
  'discovery',
  'btpUri',
  'btpVersion',
  'currencyCode',
  'currencyScale',
  'mode',
] as const;

/**
 * Reads an invitation.
 * @throws ProposalError
 */
export function readInvitation(text: string): Invitation {
  const members = readMembers(text, MEMBERS);
  requireMember(members, 'intent', 'peer');
  requireMember(members, 'discovery', 'btp');
  return {
    uri: readUri(members.btpUri),
    btpVersion: readVersion(members.btpVersion),
    mode: readMode(members.mode),
    ...readCurrency(members),
  };
}

function readUri(value: unknown): BtpUri {
  if (value === undefined) throw new ProposalError('btpUri', 'missing');
  if (typeof value !== 'string') throw new ProposalError('btpUri', 'not-a-btp-uri');
  try {
    return parseBtpUri(value);
  } catch (error) {
    if (!(error instanceof BtpUriError)) throw error;
    throw new ProposalError('btpUri', 'not-a-btp-uri', error.rule);
  }
}

function readVersion(value: unknown): Invitation['btpVersion'] {
  if (value === undefined) throw new ProposalError('btpVersion', 'missing');
  if (value === 'BTP/1.0' || value === 'BTP/alpha') return value;
  throw new ProposalError('btpVersion', 'unknown-version');
}

function readMode(value: unknown): Invitation['mode'] {
  if (value === undefined || value === 'asymmetric') return 'asymmetric';
  if (value === 'symmetric') return value;
  throw new ProposalError('mode', 'unknown');
}
