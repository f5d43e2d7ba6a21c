import { z } from 'zod';
import type { BtpError, BtpResponse, ProtocolData } from '#protocol';

/**
 * A Message to a peer from anywhere inside, and what the peer answers: asked on `gatewayAsk` of the
 * peer, answered by the gateway that holds its session. JSON: bytes are base64.
 */

/** So many entries of protocol data are carried, in either direction. */
const MAX_ENTRIES = 1_000;
/** Names and data of all entries together, bytes; as much as the largest BTP frame holds. */
const MAX_BYTES = 131_072;
const MAX_CONTENT_TYPE = 255;
const DAY_MS = 86_400_000;

export interface PeerQuestion {
  readonly protocolData: readonly ProtocolData[];
  /** How long the peer may take to answer, ms. */
  readonly withinMs: number;
}

/** As the peer has answered: its Response or its Error, unchanged. */
export type PeerAnswer = Omit<BtpResponse, 'requestId'> | Omit<BtpError, 'requestId'>;

/** Codes by which a gateway refuses a question. */
export const PEER_REFUSAL = {
  /** The session ended before the peer answered; whether it got the Message is unknown. */
  gone: 'session-gone',
  /** The peer did not answer in time, or not in a way that can be passed on. */
  silent: 'no-answer',
  /** The question is none. */
  malformed: 'malformed-question',
} as const;

/** What is to be asked cannot be: too large, or not what the contract says. */
export class MalformedPeerQuestionError extends Error {
  override readonly name = 'MalformedPeerQuestionError';

  constructor(
    readonly field: string,
    readonly rule: string,
  ) {
    super(`${field} ${rule}`);
  }
}

const base64 = () =>
  z.base64({ error: 'must be base64' }).transform((text) => Buffer.from(text, 'base64'));

const protocolData = z
  .array(
    z.object({
      protocolName: z.string(),
      contentType: z.int().min(0).max(MAX_CONTENT_TYPE),
      data: base64(),
    }),
  )
  .superRefine((entries, context) => {
    const rule = faultOf(entries);
    if (rule !== undefined) context.addIssue({ code: 'custom', message: rule });
  });

const question = z.object({ protocolData, withinMs: z.int().min(1).max(DAY_MS) });

const answer = z.discriminatedUnion('type', [
  z.object({ type: z.literal('response'), protocolData }),
  z.object({
    type: z.literal('error'),
    code: z.string(),
    name: z.string(),
    triggeredAtMs: z.int(),
    data: base64(),
    protocolData,
  }),
]);

/** @throws MalformedPeerQuestionError for more than can be carried */
export function encodePeerQuestion({ protocolData: entries, withinMs }: PeerQuestion): object {
  const rule = faultOf(entries);
  if (rule !== undefined) throw new MalformedPeerQuestionError('protocolData', rule);
  return { protocolData: entries.map(encodeEntry), withinMs };
}

/** @throws MalformedPeerQuestionError naming the first member that is wrong */
export function readPeerQuestion(written: unknown): PeerQuestion {
  const { data, error } = question.safeParse(written);
  if (data !== undefined) return data;
  const [issue] = error.issues;
  const field = issue?.path.join('.') ?? '';
  throw new MalformedPeerQuestionError(field === '' ? 'question' : field, issue?.message ?? '');
}

/** An answer fits whenever it fitted into a frame of ours with fewer entries than the bound. */
export function encodePeerAnswer(told: PeerAnswer): object {
  const entries = told.protocolData.map(encodeEntry);
  if (told.type === 'response') return { type: told.type, protocolData: entries };
  const { type, code, name, triggeredAtMs, data } = told;
  return { type, code, name, triggeredAtMs, data: data.toString('base64'), protocolData: entries };
}

/** @throws ZodError for what is no answer */
export function readPeerAnswer(written: unknown): PeerAnswer {
  return answer.parse(written);
}

function encodeEntry({ protocolName, contentType, data }: ProtocolData): object {
  return { protocolName, contentType, data: data.toString('base64') };
}

function faultOf(entries: readonly ProtocolData[]): string | undefined {
  if (entries.length > MAX_ENTRIES) {
    return `has ${entries.length} entries, at most ${MAX_ENTRIES} are carried`;
  }
  const bytes = entries.reduce(
    (sum, entry) => sum + entry.protocolName.length + entry.data.length,
    0,
  );
  return bytes > MAX_BYTES ? `has ${bytes} bytes, at most ${MAX_BYTES} are carried` : undefined;
}
