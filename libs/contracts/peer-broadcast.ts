import { z } from 'zod';
import type { IlpErrorCode } from '#protocol';

/**
 * What a peer says about routes, on its way from the gateway that heard it to a router, and what
 * becomes of it (SPEC §11.7). JSON: bytes are base64.
 */

const MAX_CONTENT_TYPE = 255;

/** Why a router refuses a broadcast: flawed, or too often, or too much at the moment. */
const REFUSAL_CODES = ['F00', 'F01', 'T00', 'T02', 'T03', 'T05'] as const satisfies IlpErrorCode[];

const bytes = () => z.base64().transform((text): Buffer => Buffer.from(text, 'base64'));

const broadcast = z.object({
  ledgerId: z.string().min(1),
  peerId: z.string().min(1),
  /** Name of the entry that it came in. */
  carriage: z.enum(['custom', 'ccp']),
  contentType: z.int().min(0).max(MAX_CONTENT_TYPE),
  /** Of that entry, as it came. */
  data: bytes(),
});

const reply = z.discriminatedUnion('outcome', [
  z.object({ outcome: z.literal('accepted') }),
  z.object({
    outcome: z.literal('refused'),
    code: z.enum(REFUSAL_CODES),
    /** For the peer. */
    message: z.string(),
    /** The ILP error that the peer is to get, instead of one made of code and message. */
    ilpError: bytes().optional(),
  }),
]);

/** A peer's broadcast of routes, unread. */
export type PeerBroadcast = Readonly<z.output<typeof broadcast>>;

/** What a router says to it; nothing of a broadcast that is refused counts. */
export type PeerBroadcastReply = Readonly<z.output<typeof reply>>;

export function encodePeerBroadcast(heard: PeerBroadcast): object {
  return { ...heard, data: heard.data.toString('base64') };
}

/** @throws ZodError for what is no broadcast; further members are left out */
export function readPeerBroadcast(written: unknown): PeerBroadcast {
  return broadcast.parse(written);
}

export function encodePeerBroadcastReply(said: PeerBroadcastReply): object {
  if (said.outcome === 'accepted' || said.ilpError === undefined) return said;
  return { ...said, ilpError: said.ilpError.toString('base64') };
}

/** @throws ZodError for what is no reply; further members are left out */
export function readPeerBroadcastReply(written: unknown): PeerBroadcastReply {
  return reply.parse(written);
}
