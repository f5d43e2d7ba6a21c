import { ProposalError } from './proposal-error';

/** Most characters of a proposal that are looked at. */
const MAX_LENGTH = 8_192;
const PLAIN_NAME = /^[A-Za-z]\w{0,39}$/;
const LINE = /^causeway-peer:([A-Za-z0-9_-]+)$/i;
const BLANKS = /\s+/g;

/** The members of a proposal as one line to paste: no quotes, no spaces, nothing for a shell to eat. */
export function proposalLine(members: object): string {
  return `causeway-peer:${Buffer.from(JSON.stringify(members)).toString('base64url')}`;
}

/**
 * The members of a proposal, an answer or an invitation, as JSON or as the one line, which a mail may
 * have broken. A member that we do not know may mean what we must not overlook.
 * @throws ProposalError `too-long` | `not-json` | `not-an-object` | `unknown-member`
 */
export function readMembers(
  text: string,
  known: readonly string[],
): Readonly<Record<string, unknown>> {
  const trimmed = text.trim();
  if (trimmed.length > MAX_LENGTH) throw new ProposalError('', 'too-long');
  const line = LINE.exec(trimmed.replace(BLANKS, ''));
  const json = line === null ? trimmed : Buffer.from(line[1] ?? '', 'base64url').toString('utf8');
  const members = parse(json);
  if (typeof members !== 'object' || members === null || Array.isArray(members)) {
    throw new ProposalError('', 'not-an-object');
  }
  const stranger = Object.keys(members).find((name) => !known.includes(name));
  if (stranger !== undefined) throw new ProposalError(nameOf(stranger), 'unknown-member');
  return { ...members };
}

function parse(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    throw new ProposalError('', 'not-json');
  }
}

/** What is no plain name may be anything, a secret or an attack on the terminal: it is not repeated. */
function nameOf(member: string): string {
  return PLAIN_NAME.test(member) ? member : 'a member';
}
