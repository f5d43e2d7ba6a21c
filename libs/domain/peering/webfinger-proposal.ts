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

const TERMS = ['discovery', 'hostname', 'currencyCode', 'currencyScale'] as const;
const PROPOSAL_MEMBERS = ['intent', ...TERMS] as const;
const ANSWER_MEMBERS = ['agree', ...TERMS] as const;

/**
 * Reads what another operator proposes.
 * @param ownHostname nobody peers with itself
 * @throws ProposalError
 */
export function readProposal(text: string, ownHostname: string): WebFingerProposal {
  const members = readMembers(text, PROPOSAL_MEMBERS);
  requireMember(members, 'intent', 'peer');
  requireMember(members, 'discovery', 'webfinger');
  return { hostname: othersHostname(members, ownHostname), ...readCurrency(members) };
}

/**
 * Reads the answer to one of our proposals, which must repeat its currency.
 * @param pending those that are not answered yet, each with the hostname that it went to
 * @throws ProposalError
 */
export function readAnswer(
  text: string,
  ownHostname: string,
  pending: readonly WebFingerProposal[],
): WebFingerAnswer {
  const members = readMembers(text, ANSWER_MEMBERS);
  requireMember(members, 'agree', true);
  requireMember(members, 'discovery', 'webfinger');
  if (members.currencyScale === undefined) throw new ProposalError('currencyScale', 'missing');
  const answer = { hostname: othersHostname(members, ownHostname), ...readCurrency(members) };
  requireProposed(answer, pending);
  return answer;
}

function requireProposed(answer: WebFingerAnswer, pending: readonly WebFingerProposal[]): void {
  const toThem = pending.filter(({ hostname }) => hostname === answer.hostname);
  const [first] = toThem;
  if (first === undefined) throw new ProposalError('hostname', 'not-proposed');
  const sameCode = toThem.filter(({ currencyCode }) => currencyCode === answer.currencyCode);
  if (sameCode.some(({ currencyScale }) => currencyScale === answer.currencyScale)) return;
  const field = sameCode.length === 0 ? 'currencyCode' : 'currencyScale';
  const proposed = (sameCode[0] ?? first)[field];
  throw new ProposalError(field, 'differs', `${answer[field]}, not ${proposed}`);
}

/**
 * What a proposal, an answer or an invitation counts in, whatever else it says.
 * @throws ProposalError
 */
export function currencyIn(text: string): Currency {
  return readCurrency(readMembers(text, [...PROPOSAL_MEMBERS, ...ANSWER_MEMBERS, ...INVITING]));
}

/** What invitations have beyond the others. */
const INVITING = ['btpUri', 'btpVersion', 'mode'] as const;

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
