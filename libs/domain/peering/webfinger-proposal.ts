import { type Currency, readCurrency } from './currency';
import { readHostname } from './hostname';
import { ProposalError } from './proposal-error';
import { readMembers } from './proposal-text';

/** "Let us peer; find me by WebFinger": what goes from one operator to another (SPEC §8.1). */
export interface WebFingerProposal extends Currency {
  /** Of the proposer: `host` or `host:port`. */
  readonly hostname: string;
}

/** "Agreed", with the hostname of the answerer. */
export type WebFingerAnswer = WebFingerProposal;

/** In the machine form of SPEC D-18. */
export function proposalMembers({ hostname, currencyCode, currencyScale }: WebFingerProposal) {
  return { intent: 'peer', discovery: 'webfinger', hostname, currencyCode, currencyScale };
}

/** In the machine form of SPEC D-18. */
export function answerMembers({ hostname, currencyCode, currencyScale }: WebFingerAnswer) {
  return { agree: true, discovery: 'webfinger', hostname, currencyCode, currencyScale };
}

/**
 * Reads what another operator proposes.
 * @param ownHostname nobody peers with itself
 * @throws ProposalError
 */
export function readProposal(text: string, ownHostname: string): WebFingerProposal {
  const members = readMembers(text);
  requireMember(members, 'intent', 'peer');
  requireMember(members, 'discovery', 'webfinger');
  return { hostname: othersHostname(members, ownHostname), ...readCurrency(members) };
}

/**
 * Reads the answer to a proposal of ours, which must repeat its currency.
 * @throws ProposalError
 */
export function readAnswer(text: string, proposed: WebFingerProposal): WebFingerAnswer {
  const members = readMembers(text);
  requireMember(members, 'agree', true);
  requireMember(members, 'discovery', 'webfinger');
  if (members.currencyScale === undefined) throw new ProposalError('currencyScale', 'missing');
  const currency = readCurrency(members);
  for (const field of ['currencyCode', 'currencyScale'] as const) {
    if (currency[field] === proposed[field]) continue;
    throw new ProposalError(field, 'differs', `${currency[field]}, not ${proposed[field]}`);
  }
  return { hostname: othersHostname(members, proposed.hostname), ...currency };
}

function othersHostname(members: Readonly<Record<string, unknown>>, own: string): string {
  const hostname = readHostname(members.hostname);
  if (hostname === readHostname(own)) throw new ProposalError('hostname', 'ourselves');
  return hostname;
}

/** A member that must have one value for the text to be what it is taken for. */
export function requireMember(
  members: Readonly<Record<string, unknown>>,
  field: string,
  value: string | boolean,
): void {
  if (members[field] === undefined) throw new ProposalError(field, 'missing');
  if (members[field] !== value) throw new ProposalError(field, 'unknown');
}
