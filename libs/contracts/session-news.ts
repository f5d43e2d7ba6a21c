import { z } from 'zod';
import { CCP_DIALECTS } from '#protocol';

/** What is spoken over a session: a version of BTP, or the historic RPC. */
export const SPOKEN = ['BTP/1.0', 'BTP/alpha', 'rpc'] as const;

/** Syntaxes of route broadcasts that the peer says it reads (SPEC D-9); left out: it did not say. */
export const dialectsSaid = z.array(z.enum(CCP_DIALECTS)).readonly().optional();

const news = z.object({
  gatewayId: z.string().min(1),
  peerId: z.string().min(1),
  /** open: both sides agree on the ledger, so the peer can be asked and paid. */
  state: z.enum(['open', 'closed']),
  /** Of that state, milliseconds since the epoch by the gateway's clock. */
  sinceMs: z.number(),
  speaks: z.enum(SPOKEN),
  ccpDialects: dialectsSaid,
  /** Names the connector behind the peer, as far as we know it. */
  party: z.string().optional(),
});

export type Spoken = (typeof SPOKEN)[number];

/** What each gateway announces whenever a session of a peer is open, and when it is over. */
export type SessionNews = Readonly<z.output<typeof news>>;

/** @throws ZodError for what is no announcement; further members are left out */
export function readSessionNews(announced: unknown): SessionNews {
  return news.parse(announced);
}
