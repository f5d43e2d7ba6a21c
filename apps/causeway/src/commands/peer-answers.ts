import { z } from 'zod';
import { labelled } from './ledger-lines';
import type { Teller } from './peer-order';

/** What the console answers to orders about peers, in words. Tokens are shown where they are new. */

const recorded = z.object({ event: z.string(), version: z.number() });
const peer = z.object({
  peer: z.object({
    peer: z.string(),
    authority: z.string(),
    address: z.string().nullable(),
  }),
});
const session = z.object({ state: z.string(), reason: z.string(), gateway: z.string() }).nullable();
const made = z.object({ token: z.string().optional(), uri: z.string().optional() });

const CONFIDENTIAL =
  'send it to the other operator in confidence: it holds the token, which is not shown again';

export const invited: Teller = (answer) => {
  const read = peer
    .extend({ ...recorded.shape, invitation: z.unknown(), line: z.string() })
    .parse(answer);
  const lines = [...recordLines(read), ...peerLine(read)];
  const texts = [JSON.stringify(read.invitation), read.line];
  return {
    lines: [...lines, ...texts],
    remarks: [`either text is the invitation; ${CONFIDENTIAL}`],
  };
};

export const accepted: Teller = (answer) => {
  const said = z.object({
    prefix: z.string(),
    currencyCode: z.string(),
    currencyScale: z.number(),
    limit: z.string().optional(),
    balance: z.string().optional(),
  });
  const read = peer.extend({ ...recorded.shape, said, session }).parse(answer);
  const { prefix, currencyCode, currencyScale, limit, balance } = read.said;
  const lines = labelled([
    ['ledger', `${prefix}, ${currencyCode} with scale ${currencyScale}`],
    ['it says', `limit ${limit ?? 'unknown'}, balance ${balance ?? 'unknown'}`],
  ]);
  return { lines: [...recordLines(read), ...peerLine(read), ...lines, ...sessionLine(read)] };
};

export const proposed: Teller = (answer) => {
  const read = recorded
    .extend({ hostname: z.string(), proposal: z.unknown(), line: z.string() })
    .parse(answer);
  return {
    lines: [...recordLines(read), JSON.stringify(read.proposal), read.line],
    remarks: [`send either text to the operator of ${read.hostname}; nothing in it is secret`],
  };
};

export const agreed: Teller = (answer) => {
  const read = peer
    .extend({ ...recorded.shape, publicKey: z.string(), answer: z.unknown(), line: z.string() })
    .parse(answer);
  return {
    lines: [
      ...recordLines(read),
      ...peerLine(read),
      ...labelled([['key', read.publicKey]]),
      JSON.stringify(read.answer),
      read.line,
    ],
    remarks: ['send either text back as the answer; nothing in it is secret'],
  };
};

export const confirmed: Teller = (answer) => {
  const read = peer.extend({ ...recorded.shape, publicKey: z.string(), session }).parse(answer);
  const key = labelled([['key', read.publicKey]]);
  return { lines: [...recordLines(read), ...peerLine(read), ...key, ...sessionLine(read)] };
};

export const added: Teller = (answer) => {
  const read = peer.extend({ ...recorded.shape, ...made.shape }).parse(answer);
  const lines = [...recordLines(read), ...peerLine(read), ...madeLines(read)];
  return { lines, remarks: remarksOf(read) };
};

export const rotated: Teller = (answer) => {
  const read = recorded.extend(made.shape).parse(answer);
  return { lines: [...recordLines(read), ...madeLines(read)], remarks: remarksOf(read) };
};

const FATES: Readonly<Record<string, string>> = {
  closed: 'closed, for ever',
  kept: 'paused, and kept for the same peer',
  none: 'there was none yet',
};

export const removed: Teller = (answer) => {
  const read = recorded.extend({ ledger: z.string() }).parse(answer);
  const fate = FATES[read.ledger] ?? read.ledger;
  return { lines: [...recordLines(read), ...labelled([['ledger', fate]])] };
};

function recordLines({ event, version }: z.infer<typeof recorded>): string[] {
  return [`${event} is on record as _connector:${version}`];
}

function peerLine({ peer: { peer: id, authority, address } }: z.infer<typeof peer>): string[] {
  return labelled([['peer', `${id}, ${authority}, ${address ?? 'it dials us'}`]]);
}

function sessionLine({ session: known }: { readonly session: z.infer<typeof session> }): string[] {
  if (known === null) return labelled([['session', 'not known to any gateway yet']]);
  const reason = known.reason === '' ? '' : `: ${known.reason}`;
  return labelled([['session', `${known.state} at ${known.gateway}${reason}`]]);
}

function madeLines({ token, uri }: z.infer<typeof made>): string[] {
  const lines: (readonly [string, string])[] = [];
  if (token !== undefined) lines.push(['token', token]);
  if (uri !== undefined) lines.push(['uri', uri]);
  return labelled(lines);
}

function remarksOf({ token }: z.infer<typeof made>): string[] {
  return token === undefined ? [] : [CONFIDENTIAL];
}
